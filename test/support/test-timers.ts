import { setImmediate as turn } from 'node:timers/promises';

/** Timers that run when the test moves them on. */
export type TestTimers = {
  later(run: () => void, ms: number): () => void;
  nowMs(): number;
  /** Runs what is due within `ms`, in order, and whatever follows from that. */
  advance(ms: number): Promise<void>;
  /** Milliseconds until each timer that waits, soonest first. */
  waiting(): readonly number[];
};

export function createTestTimers(): TestTimers {
  let now = 0;
  let timers: { atMs: number; run: () => void }[] = [];
  const settle = async () => {
    for (let turns = 0; turns < 3; turns += 1) await turn();
  };
  return {
    later: (run, ms) => {
      const timer = { atMs: now + ms, run };
      timers.push(timer);
      timers.sort((one, other) => one.atMs - other.atMs);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    nowMs: () => now,
    advance: async (ms) => {
      const endMs = now + ms;
      await settle();
      for (let next = timers[0]; next && next.atMs <= endMs; next = timers[0]) {
        timers = timers.slice(1);
        now = next.atMs;
        next.run();
        await settle();
      }
      now = endMs;
    },
    waiting: () => timers.map(({ atMs }) => atMs - now),
  };
}
