import type { Later } from './batches.ts';

/** Waits that can all be ended at once. */
export type Rests = {
  /** True after `ms`; false at once where rests are over. */
  rest(ms: number): Promise<boolean>;
  /** For good: no further rest begins. */
  close(): void;
};

export function createRests(later: Later): Rests {
  const resting = new Set<() => void>();
  let isClosed = false;
  return {
    rest: (ms) =>
      new Promise((resolve) => {
        if (isClosed) return resolve(false);
        const callOff = later(() => {
          resting.delete(wake);
          resolve(true);
        }, ms);
        const wake = () => {
          callOff();
          resolve(false);
        };
        resting.add(wake);
      }),
    close: () => {
      isClosed = true;
      for (const wake of resting) wake();
      resting.clear();
    },
  };
}
