import type { ForwardedMessage } from '../model/forwarding.ts';

/** What a forwarder takes messages from: an AMQP 1.0 address, or a consumer group. At least once, in no order but its own. */
export type MessageSource = {
  /** Connects, and again whenever the connection is lost; hands over as many messages as `allow` gave room for. Never throws. */
  start(take: (delivery: SourceDelivery) => void): void;
  /** So many more messages may come, in place of what was said before; what is under way already is not called back. */
  allow(messages: number): void;
  /** No further message is handed over; those in hand can still be settled. */
  pause(): void;
  status(): SourceStatus;
  /** Tells the source what was settled and closes; what was not settled comes again. */
  stop(): Promise<void>;
};

/** `refused`: the source does not let us in, and is asked again only from time to time. */
export type SourceStatus = 'connecting' | 'connected' | 'refused' | 'stopped';

export type SourceDelivery = {
  message: ForwardedMessage;
  /** Why no function can be called with it; undefined for nearly all. Its body is then what there is of it. */
  problem?: string;
  /** Counts once. Behind the loss of its connection a delivery comes again, whatever is said of it here. */
  settle(verdict: Verdict): void;
};

/**
 * `released` comes again, by the rules of the source. `rejected` goes where the source puts what was given
 * up; one without such a place drops it. `isForGood`: it can never be used.
 */
export type Verdict =
  | { kind: 'accepted' }
  | { kind: 'released' }
  | { kind: 'rejected'; reason: string; isForGood: boolean };

export const ACCEPTED: Verdict = { kind: 'accepted' };
export const RELEASED: Verdict = { kind: 'released' };
