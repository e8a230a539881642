import type { Answers } from '../../ports/answers.ts';

/** Runs `run` after `ms`; returns what calls it off. */
export type Later = (run: () => void, ms: number) => () => void;

type Waiter = (payload: Uint8Array | undefined) => void;

/** Answers within one process: where the broker and the API live together. */
export function createLocalAnswers(later: Later): Answers {
  const waiting = new Map<string, Waiter>();
  return {
    expect: (topic, timeoutMs) =>
      new Promise((resolve) => {
        const settle: Waiter = (payload) => {
          cancel();
          if (waiting.get(topic) === settle) waiting.delete(topic);
          resolve(payload);
        };
        const cancel = later(() => settle(undefined), timeoutMs);
        waiting.set(topic, settle);
      }),
    offer: async (topic, payload) => waiting.get(topic)?.(payload),
  };
}
