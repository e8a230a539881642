import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../ports/log.ts';
import type { Taken } from './bus-intake.ts';
import type { Publisher } from './bus-publisher.ts';

export type BacklogMover = {
  move(taken: Taken): void;
  /** A message has come that is not old: what came before it has been moved, or is being. */
  reachedLive(): void;
  /** Whether old messages are still before those that are published now. */
  isBehind(): boolean;
  /** Ends what is under way. */
  stop(): Promise<void>;
};

export type BacklogMoverParts = {
  publisher: Publisher;
  log: Log;
  /** The queue that messages are moved to. */
  queue: string;
  /** Of the queue that they come from: what the broker has still to hand out. */
  countWaiting(): Promise<number>;
  /** Takes what cannot be moved. */
  keep(taken: Taken): void;
  ring(): void;
};

const LOOK_AGAIN_MS = 50;

/** Moves by a confirmed publish, and then the acknowledgement: RabbitMQ's own dead-lettering waits for no confirm. */
export function createBacklogMover(parts: BacklogMoverParts): BacklogMover {
  const { publisher, log, queue, keep, ring } = parts;
  const moves = new Set<Promise<void>>();
  let isBehind = false;
  let isLooking = false;
  let isStopped = false;

  const moveOne = async (taken: Taken) => {
    try {
      await publisher.send(taken.parcel, { exchange: '', routingKey: queue });
      taken.done();
    } catch (error) {
      log.warn({ queue, reason: String(error) }, 'an old message cannot be moved');
      keep(taken);
    }
  };
  /**
   * They come in waves, between which there is none here: only the broker knows whether it was the last.
   * Its answer may overtake the messages that it has sent before, so it is asked twice.
   */
  const lookForMore = async () => {
    if (isLooking) return;
    isLooking = true;
    let isEmpty = false;
    while (isBehind && moves.size === 0 && !isStopped) {
      const wasEmpty = isEmpty;
      isEmpty = (await parts.countWaiting().catch(() => undefined)) === 0;
      if (isEmpty && wasEmpty && moves.size === 0) isBehind = false;
      else await sleep(LOOK_AGAIN_MS);
    }
    isLooking = false;
    ring();
  };

  return {
    move(taken) {
      if (isStopped) return;
      isBehind = true;
      const moved = moveOne(taken).finally(() => {
        moves.delete(moved);
        if (moves.size === 0) void lookForMore();
      });
      moves.add(moved);
    },
    reachedLive() {
      isBehind = false;
    },
    isBehind: () => isBehind,
    async stop() {
      isStopped = true;
      await Promise.all(moves);
    },
  };
}
