import { createForwarder, type ForwarderParts } from '../../shared/core/forwarding/forwarder.ts';
import type { ForwardedDeadLetter } from '../../shared/ports/dead-letter-sink.ts';
import type { CallOutcome, FunctionCall } from '../../shared/ports/function-target.ts';
import type { SourceDelivery } from '../../shared/ports/message-source.ts';
import { captureLog } from './captured-log.ts';
import { ruleOf } from './forwarding.ts';
import { createTestTimers } from './test-timers.ts';

export const DONE: CallOutcome = { kind: 'succeeded', answer: '' };

type Given = { topic?: string; body?: string; isDuplicate?: boolean; problem?: string };

type Answer = (bodies: readonly string[], call: FunctionCall) => CallOutcome | Promise<CallOutcome>;

/** A forwarder whose targets answer as the test says, and whose clock the test moves. */
export function scriptForwarder(answer: Answer, given: Partial<ForwarderParts> = {}) {
  const timers = createTestTimers();
  const log = captureLog();
  const calls: string[][] = [];
  const events: string[] = [];
  const settled: string[] = [];
  const metrics: string[] = [];
  const rooms: number[] = [];
  const forwarder = createForwarder({
    rules: () => [DEFAULT_RULE],
    targets: {
      invoke: async (_target, call) => {
        const bodies = bodiesOf(call);
        calls.push(bodies);
        events.push(String(Buffer.from(call.event)));
        return answer(bodies, call);
      },
      close: async () => undefined,
    },
    deadLetters: { kind: 'reject' },
    window: 100,
    calls: 100,
    onRoom: (room) => rooms.push(room),
    metrics: {
      settled: (settlement, rule) => metrics.push(`${settlement} ${rule}`),
      called: () => undefined,
    },
    later: timers.later,
    nowMs: timers.nowMs,
    log,
    ...given,
  });
  /** Its body is its name unless another one is given. */
  const take = (
    name: string,
    { topic = TOPIC, body = name, isDuplicate = false, problem }: Given = {},
  ): void => {
    const delivery: SourceDelivery = {
      message: {
        messageId: name,
        topic,
        generateTimeMs: 1_700_000_000_000,
        body: Buffer.from(body),
        isDuplicate,
      },
      ...(problem !== undefined && { problem }),
      settle: (verdict) => {
        const { kind, ...more } = verdict;
        settled.push('reason' in more ? `${name} ${kind}: ${more.reason}` : `${name} ${kind}`);
      },
    };
    forwarder.take(delivery);
  };
  return {
    forwarder,
    timers,
    log,
    calls,
    events,
    settled,
    metrics,
    rooms,
    take,
  };
}

export const TOPIC = '/pk/dev1/user/update';

/** One message a call, so that what is asserted is its own. */
const DEFAULT_RULE = ruleOf({ name: 'single', batchSize: 1 });

function bodiesOf({ event, contentType }: FunctionCall): string[] {
  const text = Buffer.from(event).toString();
  if (contentType === 'application/octet-stream') return [text];
  return JSON.parse(text).messages.map(({ body }: { body: string }) => body);
}

/** Keeps dead letters, or refuses them. */
export function collectLetters(isDown = () => false) {
  const letters: ForwardedDeadLetter[] = [];
  const sink = {
    put: async (letter: ForwardedDeadLetter) => {
      if (isDown()) throw new Error('the queue is away');
      letters.push(letter);
    },
    close: async () => undefined,
  };
  return { letters, policy: { kind: 'send' as const, sink } };
}
