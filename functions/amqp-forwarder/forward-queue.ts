import { createForwarder, type ForwarderParts } from '../../shared/core/forwarding/forwarder.ts';
import type { QueueMessage } from '../../shared/model/forwarding.ts';
import type { SourceDelivery } from '../../shared/ports/message-source.ts';
import type { Requeue } from '../../shared/ports/requeue.ts';
import { createSummary } from './summary.ts';

export type ForwardQueueParts = Omit<ForwarderParts, 'onRoom' | 'metrics' | 'deadLetters'> & {
  /** Undefined: what fails has the trigger bring the whole batch again. */
  requeue: Requeue | undefined;
};

export type QueueSummary = {
  accepted: number;
  unmatched: number;
  retried: number;
  deadLettered: number;
};

type GivenUp = { queued: QueueMessage; reason: string; isForGood: boolean };

/**
 * Forwards the messages that a trigger brought. What failed is in a retry or dead-letter queue when this
 * resolves: the trigger takes no answer about single messages. Rejects where that cannot be done, and
 * where there is no rule at all: then the trigger has to bring the whole batch again.
 */
export async function forwardQueue(
  messages: readonly QueueMessage[],
  parts: ForwardQueueParts,
): Promise<QueueSummary> {
  if (parts.rules().length === 0) throw new Error(NO_RULES);
  const givenUp: GivenUp[] = [];
  const { metrics, summary } = createSummary();
  const forwarder = createForwarder({
    ...parts,
    metrics,
    deadLetters: { kind: 'reject' },
    retryDelaysMs: HERE_DELAYS_MS,
    onRoom: () => undefined,
  });
  for (const queued of messages) forwarder.take(deliveryOf(queued, givenUp));
  await forwarder.emptied();
  const { accepted, unmatched } = summary();
  const buried = await requeueAll(givenUp, parts.requeue);
  return { accepted, unmatched, retried: givenUp.length - buried, deadLettered: buried };
}

/** Nobody waits for what becomes of it: the trigger has taken it from its queue, or brings all of it again. */
function deliveryOf(queued: QueueMessage, givenUp: GivenUp[]): SourceDelivery {
  const { message } = queued;
  return {
    message,
    settle: (verdict) => {
      if (verdict.kind === 'released') givenUp.push({ queued, reason: NO_TIME, isForGood: false });
      if (verdict.kind === 'rejected') givenUp.push({ queued, ...verdict });
    },
  };
}

/** How many went to the dead letters. */
async function requeueAll(
  givenUp: readonly GivenUp[],
  requeue: Requeue | undefined,
): Promise<number> {
  const [first] = givenUp;
  if (!first) return 0;
  if (!requeue) throw new Error(`${NO_QUEUES}; the first reason: ${first.reason}`);
  try {
    const wereBuried = await Promise.all(givenUp.map((one) => requeueOne(one, requeue)));
    return wereBuried.filter(Boolean).length;
  } finally {
    await requeue.close();
  }
}

async function requeueOne(
  { queued, reason, isForGood }: GivenUp,
  requeue: Requeue,
): Promise<boolean> {
  const delayMs = isForGood ? undefined : QUEUE_DELAYS_MS[queued.attempts];
  const attempts = queued.attempts + 1;
  if (delayMs === undefined) await requeue.bury({ ...queued, attempts }, reason);
  else await requeue.retry(queued, { delayMs, attempts, reason });
  return delayMs === undefined;
}

/** Before a retry in which each message goes alone, so that one bad message takes no others along into the queue. */
const HERE_DELAYS_MS: readonly number[] = [1000];
/** After the first call of a message that had it in its batch, the second and so on. */
const QUEUE_DELAYS_MS: readonly number[] = [3000, 10_000];
const NO_TIME = 'there was no time for it';
const NO_RULES = 'there are no forwarding rules; mooring rules add makes one';
const NO_QUEUES =
  'messages have failed, and MOORING_RABBITMQ_URL, by which they would go into a retry queue, is not set';
