import type { QueueMessage } from '../model/forwarding.ts';

/** Puts messages that a trigger has taken from a queue into another one, for triggers that take no partial answer. */
export type Requeue = {
  /** Back into its queue after a while. Resolves when the broker has it for good, rejects otherwise. */
  retry(message: QueueMessage, why: RetryReason): Promise<void>;
  /** Into the queue of dead letters, to stay there. As retry. */
  bury(message: QueueMessage, reason: string): Promise<void>;
  close(): Promise<void>;
};

/** `attempts`: with the one that has just failed. */
type RetryReason = { delayMs: number; attempts: number; reason: string };
