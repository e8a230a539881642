import type { AnswerRecord } from '../../model/tables.ts';
import type { Answers } from '../../ports/answers.ts';
import type { Table } from '../../ports/table.ts';

type StoredAnswersOptions = {
  answers: Table<AnswerRecord>;
  nowMs: () => number;
  waitMs: (ms: number) => Promise<void>;
};

/**
 * Answers between instances: whoever gets a message of the device writes it, whoever waits looks for
 * it ten times a second. Every answer is written, also those that nobody waits for, and is gone within
 * a minute: there is no telling who waits elsewhere.
 */
export function createStoredAnswers({ answers, nowMs, waitMs }: StoredAnswersOptions): Answers {
  return {
    expect: async (topic, timeoutMs) => {
      const endMs = nowMs() + timeoutMs;
      for (;;) {
        const found = await answers.read({ partition: topic });
        if (found) return Buffer.from(found.value.payload, 'base64');
        const leftMs = endMs - nowMs();
        if (leftMs <= 0) return undefined;
        await waitMs(Math.min(LOOK_INTERVAL_MS, leftMs));
      }
    },
    offer: async (topic, payload) => {
      const record = { payload: Buffer.from(payload).toString('base64') };
      const expiresAtMs = nowMs() + ANSWER_LIFE_MS;
      await answers.insert({ partition: topic }, record, { expiresAtMs });
    },
  };
}

const LOOK_INTERVAL_MS = 100;
const ANSWER_LIFE_MS = 60_000;
