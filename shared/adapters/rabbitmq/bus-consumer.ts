import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { createBell } from '../../ports/bell.ts';
import { failuresOf } from '../../ports/failures-of.ts';
import type { BatchHandler, ConsumeOptions, Consumption } from '../../ports/message-bus.ts';
import { withFailure } from './bus-message.ts';
import { queueNamesOf } from './bus-queues.ts';
import {
  type ConsumerQueues,
  type ConsumerQueuesParts,
  openConsumerQueues,
} from './consumer-queues.ts';
import type { Item } from './item-shelf.ts';

export type Subscription = { consumer: string; handle: BatchHandler; options: ConsumeOptions };

/** What a bus has running, of a consumer or a follower. */
export type Running = Consumption & Pick<ConsumerQueues, 'registered' | 'held'>;

const DEFAULT_BATCH_SIZE = 256;
const DEFAULT_RETRY_DELAYS_MS = [1_000, 3_000, 10_000];
/** While live messages go on coming, one round in so many takes from the backlog too. */
const BACKLOG_EVERY = 4;
const LONGEST_IDLE_MS = 60_000;

export function startConsumer(parts: ConsumerQueuesParts, subscription: Subscription): Running {
  const { consumer, options } = subscription;
  const { batchSize = DEFAULT_BATCH_SIZE, restMs = 0 } = options;
  const bell = createBell();
  const queues = openConsumerQueues(parts, { consumer, batchSize, ring: bell.ring });
  const deliver = createDelivery(parts, subscription);
  let isStopping = false;
  let liveRounds = 0;

  const deliverSome = async (take: (most: number) => Item[]): Promise<number> => {
    const batch = isStopping ? [] : take(batchSize);
    if (batch.length > 0) await deliver(batch);
    return batch.length;
  };
  /** Live messages first, then those that are due again, then those of the backlog. */
  const runRound = async (): Promise<number> => {
    const live = await deliverSome(queues.takeLive);
    const due = await deliverSome(queues.takeDue);
    if (live > 0) liveRounds += 1;
    const hasShare = live > 0 && liveRounds % BACKLOG_EVERY === 0;
    const old = hasShare || queues.isCaughtUp() ? await deliverSome(queues.takeBacklog) : 0;
    return live + due + old;
  };
  const run = async () => {
    while (!isStopping) {
      // What has arrived by now, so that batches are full and nothing live is overlooked.
      await nextTurn();
      const delivered = await runRound();
      if (delivered === 0) await bell.wait(idleMs(queues.nextDueMs() - parts.nowMs()));
      else if (delivered < batchSize && restMs > 0) await sleep(restMs);
    }
  };
  const running = run();

  return {
    registered: queues.registered,
    held: queues.held,
    async stop() {
      isStopping = true;
      bell.ring();
      await running;
      await queues.stop();
    },
  };
}

const idleMs = (ms: number): number => Math.min(Math.max(ms, 1), LONGEST_IDLE_MS);

/** Never rejects: what cannot be put aside is put back, and comes again. */
function createDelivery(
  { publisher, nowMs, log }: ConsumerQueuesParts,
  { consumer, handle, options }: Subscription,
) {
  const { retryDelaysMs = DEFAULT_RETRY_DELAYS_MS } = options;
  const names = queueNamesOf(consumer);

  const setBack = async ({ attempts, taken }: Item, reason: string) => {
    const delayMs = retryDelaysMs[attempts];
    const failed = { attempts: attempts + 1, reason };
    const [routingKey, parcel] =
      delayMs === undefined
        ? [names.dead, withFailure(taken.parcel, { ...failed, diedAtMs: nowMs() })]
        : [names.retry, withFailure(taken.parcel, { ...failed, dueMs: nowMs() + delayMs })];
    try {
      await publisher.send(parcel, { exchange: '', routingKey });
      taken.done();
    } catch (error) {
      log.warn({ queue: routingKey, reason: String(error) }, 'a failed message cannot be moved');
      taken.putBack();
    }
  };
  return async (batch: readonly Item[]): Promise<void> => {
    const failures = await failuresOf(
      handle,
      batch.map(({ message }) => message),
    );
    await Promise.all(
      batch.map(async (item) => {
        const reason = failures.get(item.message.messageId);
        if (reason === undefined) item.taken.done();
        else await setBack(item, reason);
      }),
    );
  };
}
