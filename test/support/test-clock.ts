/** 2023-11-14T22:13:20Z, the time of the samples in protocol.md. */
export const START_MS = 1_700_000_000_000;

/** Stands still until it is moved. */
export type TestClock = { nowMs: () => number; advance(ms: number): void };

export function createTestClock(startMs = START_MS): TestClock {
  let now = startMs;
  return {
    nowMs: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Another number every time, so that no two who draw at once draw the same. */
export function createCounter(): () => number {
  let count = 0;
  return () => {
    count += 1;
    return count;
  };
}
