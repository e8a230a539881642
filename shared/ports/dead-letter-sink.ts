import type { ForwardedMessage } from '../model/forwarding.ts';

/** Where a forwarder puts what it gives up on. */
export type DeadLetterSink = {
  /** Resolves once the letter is safe there, rejects otherwise. */
  put(letter: ForwardedDeadLetter): Promise<void>;
  close(): Promise<void>;
};

export type ForwardedDeadLetter = {
  message: ForwardedMessage;
  /** Name of the rule that the message fell under. */
  rule: string;
  reason: string;
  /** Calls that had it, the first included. */
  attempts: number;
};
