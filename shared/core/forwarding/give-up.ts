import type { DeadLetterSink } from '../../ports/dead-letter-sink.ts';
import type { Log } from '../../ports/log.ts';
import { ACCEPTED, RELEASED } from '../../ports/message-source.ts';
import type { Forwarded, Settlement } from './forwarded.ts';
import { createLimitedLog } from './limited-log.ts';
import type { Rests } from './rests.ts';

/**
 * What becomes of a message that its target never took. `release`: the source brings it again; `reject`:
 * the source puts it into a dead-letter queue of its own; `send`: it goes elsewhere and is accepted.
 */
export type DeadLetterPolicy =
  | { kind: 'release' }
  | { kind: 'reject' }
  | { kind: 'send'; sink: DeadLetterSink };

type GiveUpParts = {
  policy: DeadLetterPolicy;
  rests: Rests;
  settle(item: Forwarded, settlement: Settlement): void;
  nowMs: () => number;
  log: Log;
};

/** `isForGood` where no retry came before. */
export function createGiveUp(parts: GiveUpParts): (item: Forwarded, isForGood: boolean) => void {
  const warn = createLimitedLog(parts, LINES_PER_MINUTE);
  return (item, isForGood) => {
    const { message, rule, reason, attempts } = item;
    const { messageId, topic } = message;
    const fields = { rule: rule.name, messageId, topic, reason, attempts };
    warn(rule.name, fields, 'a message is given up');
    void settleLetter(item, isForGood, parts);
  };
}

async function settleLetter(
  item: Forwarded,
  isForGood: boolean,
  { policy, rests, settle, log }: GiveUpParts,
): Promise<void> {
  const { delivery, reason } = item;
  if (policy.kind === 'reject') {
    delivery.settle({ kind: 'rejected', reason, isForGood });
    return settle(item, 'rejected');
  }
  if (policy.kind === 'send' && (await isSent(item, policy.sink, log))) {
    delivery.settle(ACCEPTED);
    return settle(item, 'dead-lettered');
  }
  // RabbitMQ brings what is released at once: without a rest we would call without a pause.
  if (isForGood || policy.kind === 'send') await rests.rest(BEFORE_RELEASE_MS);
  delivery.settle(RELEASED);
  settle(item, 'released');
}

async function isSent(item: Forwarded, sink: DeadLetterSink, log: Log): Promise<boolean> {
  const { message, rule, reason, attempts } = item;
  try {
    await sink.put({ message, rule: rule.name, reason, attempts });
    return true;
  } catch (error) {
    const { messageId } = message;
    log.error({ messageId, error }, 'a dead letter cannot be sent: its message is released');
    return false;
  }
}

const BEFORE_RELEASE_MS = 10_000;
const LINES_PER_MINUTE = 60;
