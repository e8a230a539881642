import type { Channel } from 'rabbitmq-client';
import { createBacklogMover } from './backlog-mover.ts';
import { type IntakeParts, startIntake, type Taken } from './bus-intake.ts';
import type { Publisher } from './bus-publisher.ts';
import { countWaiting, declareConsumer, queueNamesOf } from './bus-queues.ts';
import { createItemShelf, type Item, type ItemShelf } from './item-shelf.ts';
import { useChannel } from './use-channel.ts';

export type ConsumerQueues = {
  /** Resolves once the queues are there, so that nothing that is published from then on is missed. */
  registered: Promise<void>;
  takeLive(most: number): Item[];
  takeDue(most: number): Item[];
  takeBacklog(most: number): Item[];
  /** Whether everything live that is known of has been handed over. */
  isCaughtUp(): boolean;
  /** When the first of those that wait for a retry is due; Infinity if none waits. */
  nextDueMs(): number;
  /** Messages that this process has taken and not settled: the broker does not count them as waiting. */
  held(): { unread: number; retrying: number };
  /** What is not settled goes back into its queue. */
  stop(): Promise<void>;
};

export type ConsumerQueuesParts = IntakeParts & {
  publisher: Publisher;
  nowMs(): number;
  /** How long before this consumer begins a message may have been published that is live all the same. */
  backlogAfterMs: number;
};

/** `ring` says that there is something to take. */
type Options = { consumer: string; batchSize: number; ring(): void };

/** Enough that a queue is moved in bulk, and that those that failed later hold up none that is due. */
const PREFETCH = 1000;

/**
 * The queues of one consumer. What it finds in the live queue when it begins, or has its connection
 * again, has waited: that is moved to the backlog, so that what is published now does not wait behind
 * it. A consumer that is merely slow gets its messages in order.
 */
export function openConsumerQueues(parts: ConsumerQueuesParts, options: Options): ConsumerQueues {
  const { nowMs, backlogAfterMs } = parts;
  const { consumer, batchSize, ring } = options;
  const names = queueNamesOf(consumer);
  const live = createItemShelf();
  const failed = createItemShelf();
  const old = createItemShelf();
  let hasBegun = false;
  let backlogBeforeMs = 0;

  const keepIn = (shelf: ItemShelf) => (taken: Taken) => {
    shelf.add(taken);
    ring();
  };
  const mover = createBacklogMover({
    ...parts,
    queue: names.backlog,
    countWaiting: async () => {
      const { connect, timeoutMs } = parts;
      const count = (channel: Channel) => countWaiting(channel, names.live);
      return (await useChannel(connect(), timeoutMs, count)) ?? 0;
    },
    keep: keepIn(live),
    ring,
  });
  const takeLive = (taken: Taken) => {
    if (taken.parcel.timestamp * 1000 < backlogBeforeMs) return mover.move(taken);
    mover.reachedLive();
    keepIn(live)(taken);
  };
  const shared = {
    prefetch: Math.max(PREFETCH, batchSize),
    declare: (channel: Channel) => declareConsumer(channel, names),
  };

  let begun = (): void => undefined;
  const registered = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const fresh = startIntake(parts, {
    ...shared,
    queue: names.live,
    declare: (channel) => {
      backlogBeforeMs = nowMs() - backlogAfterMs;
      return shared.declare(channel);
    },
    take: takeLive,
    onBegin: () => {
      hasBegun = true;
      begun();
    },
  });
  const retried = startIntake(parts, { ...shared, queue: names.retry, take: keepIn(failed) });
  const backlog = startIntake(parts, { ...shared, queue: names.backlog, take: keepIn(old) });

  return {
    registered,
    takeLive: (most) => live.take(most, nowMs()),
    takeDue: (most) => failed.take(most, nowMs()),
    takeBacklog: (most) => old.take(most, nowMs()),
    isCaughtUp: () => hasBegun && live.size() === 0 && !mover.isBehind(),
    nextDueMs: failed.nextDueMs,
    held: () => ({ unread: fresh.held() + backlog.held(), retrying: retried.held() }),
    async stop() {
      await mover.stop();
      await Promise.all([fresh, retried, backlog].map((intake) => intake.stop()));
    },
  };
}
