import type { Message } from '../model/message.ts';

/** The bus between what devices publish and the functions that consume it. At least once, in order per consumer while nothing fails. */
export type MessageBus = {
  /** Resolves when the message can no longer be lost (committed and flushed, or confirmed by a broker). Rejects on a fault, and never throws; the message may then be there or not. */
  publish(message: Message): Promise<void>;
  /**
   * Starts handing messages to a consumer in batches, from where it last stood. Whoever consumes
   * under a name first registers it, and begins with the oldest message kept: messages are kept
   * until every registered consumer has them, and all of them while none is registered.
   * Of the processes that consume under one name each message goes to one: on the embedded log one of
   * them has its turn and the others wait, on a broker they share the messages.
   * Messages that wait for a retry hold up no others.
   */
  consume(consumer: string, handle: BatchHandler, options?: ConsumeOptions): Consumption;
  /**
   * Hands messages to a consumer one by one, at once when they come, without waiting for those before:
   * at most `window` are out at a time. A message that is not settled when the process ends or stops
   * comes again, and so may some that were settled shortly before. There are no retries: whoever
   * follows settles what it has put elsewhere. Registers as consume does, under a name of its own.
   */
  follow(consumer: string, take: (delivery: Delivery) => void, options: FollowOptions): Consumption;
  deadLetters: DeadLetters;
  close(): Promise<void>;
};

/** A bus that can tell how it is doing; the counts are approximate. */
export type CountedBus = MessageBus & { backlog(consumer: string): Promise<Backlog> };

type Backlog = {
  /** Published and not yet handed to the consumer. */
  unread: number;
  /** Failed, waiting to be handed over again. */
  retrying: number;
  dead: number;
};

/** Returns the items that failed; a rejection fails the whole batch. The others are done for good. */
export type BatchHandler = (batch: readonly Message[]) => Promise<readonly FailedDelivery[]>;

export type FailedDelivery = { messageId: string; reason: string };

export type ConsumeOptions = {
  /** Default 256. */
  batchSize?: number;
  /** Rest after a batch that was not full: fewer and larger batches for a little delay. Default 0. */
  restMs?: number;
  /** Waits before each retry; after the last one the message is dead-lettered. Default 1, 3, 10 s. */
  retryDelaysMs?: readonly number[];
};

export type FollowOptions = { window: number };

export type Delivery = {
  message: Message;
  /** The message needs no more care. A second call does nothing. */
  settle(): void;
};

export type Consumption = {
  /** Resolves when the batch in hand has been settled; no further batch is started. Of a follower: at once. */
  stop(): Promise<void>;
};

export type DeadLetters = {
  /** Oldest first. */
  list(consumer: string, limit: number): Promise<readonly DeadLetter[]>;
  /** Puts it back before its consumer, with all its retries; false if there is none with that id. */
  replay(consumer: string, messageId: string): Promise<boolean>;
};

/** `attempts` counts every time that the message was handed over, the first one included. */
export type DeadLetter = { message: Message; reason: string; attempts: number; diedAtMs: number };
