/** How often something happened in the last minute. */
export type MinuteRate = { count(): void; perMinute(): number };

const SECONDS = 60;

export function createMinuteRate(nowMs: () => number): MinuteRate {
  const counts = new Array<number>(SECONDS).fill(0);
  let second = Math.floor(nowMs() / 1000);
  const advance = (): void => {
    const now = Math.floor(nowMs() / 1000);
    for (let passed = Math.min(SECONDS, now - second); passed > 0; passed -= 1) {
      counts[(now - passed + 1) % SECONDS] = 0;
    }
    second = now;
  };
  return {
    count() {
      advance();
      counts[second % SECONDS] = (counts[second % SECONDS] ?? 0) + 1;
    },
    perMinute() {
      advance();
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
