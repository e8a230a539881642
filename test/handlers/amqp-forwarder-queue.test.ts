import { describe, expect, test } from 'vitest';
import { forwardQueue } from '../../functions/amqp-forwarder/forward-queue.ts';
import type { ForwardingRule, QueueMessage } from '../../shared/model/forwarding.ts';
import type { CallOutcome } from '../../shared/ports/function-target.ts';
import { captureLog } from '../support/captured-log.ts';
import { ruleOf } from '../support/forwarding.ts';

const DONE: CallOutcome = { kind: 'succeeded', answer: '' };
const FAILED: CallOutcome = { kind: 'failed', reason: 'broken' };
const REFUSED: CallOutcome = { kind: 'refused', reason: 'too large' };

function queued(body: string, given: Partial<QueueMessage> = {}): QueueMessage {
  return {
    message: {
      messageId: `id of ${body}`,
      topic: '/pk/dev/user/update',
      generateTimeMs: null,
      body: Buffer.from(body),
      isDuplicate: false,
    },
    queue: 'uplinks',
    attempts: 0,
    headers: {},
    ...given,
  };
}

/** What went into which queue, in the words of the broker. */
async function forward(
  messages: readonly QueueMessage[],
  answer: (bodies: readonly string[]) => CallOutcome,
  {
    isDown = false,
    rule = ruleOf({ batchWaitMs: 0 }),
  }: { isDown?: boolean; rule?: ForwardingRule } = {},
) {
  const calls: string[][] = [];
  const put: string[] = [];
  const putInto = async (what: string, { message }: QueueMessage) => {
    if (isDown) throw new Error('the broker is away');
    put.push(`${message.body} ${what}`);
  };
  const answering = forwardQueue(messages, {
    rules: () => [rule],
    targets: {
      invoke: async (_target, { event }) => {
        const bodies = JSON.parse(String(event)).messages.map((one: { body: string }) => one.body);
        calls.push(bodies);
        return answer(bodies);
      },
      close: async () => undefined,
    },
    requeue: {
      retry: (message, { delayMs, attempts, reason }) =>
        putInto(`again in ${delayMs} ms after ${attempts}: ${reason}`, message),
      bury: (message, reason) => putInto(`dead after ${message.attempts}: ${reason}`, message),
      close: async () => undefined,
    },
    window: 10,
    calls: 10,
    later: (run, ms) => {
      const timer = setTimeout(run, ms / 100);
      return () => clearTimeout(timer);
    },
    nowMs: Date.now,
    log: captureLog(),
  });
  return { answering, calls, put };
}

describe('messages that a queue brought', () => {
  test('go to their target in batches', async () => {
    const { answering, calls, put } = await forward([queued('a'), queued('b')], () => DONE);
    expect(await answering).toEqual({ accepted: 2, unmatched: 0, retried: 0, deadLettered: 0 });
    expect([calls, put]).toEqual([[['a', 'b']], []]);
  });

  test('are tried alone before one of them is put into the retry queue', async () => {
    const answer = (bodies: readonly string[]) => (bodies.includes('bad') ? FAILED : DONE);
    const { answering, calls, put } = await forward([queued('a'), queued('bad')], answer);
    expect(await answering).toEqual({ accepted: 1, unmatched: 0, retried: 1, deadLettered: 0 });
    expect(calls).toEqual([['a', 'bad'], ['a'], ['bad']]);
    expect(put).toEqual(['bad again in 3000 ms after 1: broken']);
  });

  test('wait longer the second time, and are dead the third', async () => {
    const messages = [queued('b', { attempts: 1 }), queued('c', { attempts: 2 })];
    const { answering, put } = await forward(messages, () => FAILED);
    expect(await answering).toEqual({ accepted: 0, unmatched: 0, retried: 1, deadLettered: 1 });
    expect(put).toEqual(['b again in 10000 ms after 2: broken', 'c dead after 3: broken']);
  });

  test('are dead at once where they are refused for good', async () => {
    const answer = (bodies: readonly string[]) => (bodies.includes('poison') ? REFUSED : DONE);
    const { answering, put } = await forward([queued('a'), queued('poison'), queued('c')], answer);
    expect(await answering).toEqual({ accepted: 2, unmatched: 0, retried: 0, deadLettered: 1 });
    expect(put).toEqual(['poison dead after 1: too large']);
  });

  test('come again as a whole where the broker does not take what failed', async () => {
    const { answering } = await forward([queued('a')], () => REFUSED, { isDown: true });
    await expect(answering).rejects.toThrow('the broker is away');
  });

  test('that no rule covers are counted', async () => {
    const rule = ruleOf({ topicFilter: '/other/#' });
    const { answering, calls } = await forward([queued('a')], () => DONE, { rule });
    expect(await answering).toEqual({ accepted: 0, unmatched: 1, retried: 0, deadLettered: 0 });
    expect(calls).toEqual([]);
  });
});
