import type { ForwardedMessage, ForwardingRule } from '../../model/forwarding.ts';
import type { CallOutcome } from '../../ports/function-target.ts';
import type { SourceDelivery } from '../../ports/message-source.ts';

/** A message in hand, and what became of it so far. */
export type Forwarded = {
  message: ForwardedMessage;
  delivery: SourceDelivery;
  rule: ForwardingRule;
  /** Calls that had it. */
  attempts: number;
  /** Why the last of them failed; empty before one did. */
  reason: string;
  /** Rests before a retry, or is behind another message of its device: it takes part in no call for now. */
  isWaiting: boolean;
  /** Among those in hand; -1 when it is settled. */
  place: number;
};

/** `unmatched` fell under no rule and was accepted. */
export type Settlement = 'accepted' | 'released' | 'rejected' | 'dead-lettered' | 'unmatched';

/** What one call came to for each of its messages; `reasons` has those that failed, by messageId. */
export type Called =
  | { kind: 'done' }
  | { kind: 'some-failed'; reasons: ReadonlyMap<string, string> }
  | Exclude<CallOutcome, { kind: 'succeeded' }>;

export type ForwarderMetrics = {
  /** `rule` is empty for what fell under none. */
  settled(settlement: Settlement, rule: string): void;
  called(outcome: Called['kind'], rule: string, tookMs: number): void;
};
