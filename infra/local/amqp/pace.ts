/** Hands out so many turns a second, at most a fifth of them at once. */
export type Pace = {
  /** Takes a turn if there is one. */
  take(): boolean;
};

export function createPace(perSecond: number, nowMs: () => number): Pace {
  const most = Math.max(1, perSecond / 5);
  let turns = most;
  let countedAtMs = nowMs();
  return {
    take() {
      const now = nowMs();
      turns = Math.min(most, turns + (Math.max(0, now - countedAtMs) * perSecond) / 1000);
      countedAtMs = now;
      if (turns < 1) return false;
      turns -= 1;
      return true;
    },
  };
}
