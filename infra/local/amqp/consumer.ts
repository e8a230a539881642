import type { Entry } from './entry.ts';

/** A connection that takes messages of the group. */
export type Consumer = {
  /** Whether it can take one more message now. */
  hasRoom(): boolean;
  /** Its outcome comes through the Membership. */
  send(entry: Entry): void;
  /** Nobody waits for the outcome of this one any longer. */
  forget(entry: Entry): void;
  /** A message that it has accepted. */
  count(isFromBacklog: boolean): void;
};

/** What a consumer tells its group. */
export type Membership = {
  /** There may be room again. */
  ready(): void;
  accepted(entry: Entry): void;
  /** Released, rejected or modified: it comes again in about a minute. */
  returned(entry: Entry): void;
  /** What is not accepted by now goes to the others. */
  leave(): void;
};
