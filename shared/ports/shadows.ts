import type { Result } from '../model/failure.ts';
import type { ShadowRecord } from '../model/tables.ts';

/** Whose shadow it is. */
export type ShadowOwner = { productKey: string; deviceName: string; iotId: string };

/**
 * Where shadows are kept: Mooring's own tables (core/shadow/own-shadows.ts) or an account of Alibaba
 * Cloud (adapters/aliyun). Faults reject: a store or a network that fails.
 */
export type Shadows = {
  /**
   * Carries out requests in their order; a refusal of one does not stop the next, but a fault does.
   * When it resolves, what it resolves to is durable: there are fewer states than requests where a
   * fault came behind the first, and it rejects where it came with the first. The requests without a
   * state may come again: what had been carried out of them is taken as done.
   *
   * Each refuses `shadow-refused`; from an account also `unknown-device`, `identity-source-refused`
   * and `identity-source-throttled`.
   */
  perform(
    owner: ShadowOwner,
    requests: readonly ShadowRequest[],
  ): Promise<readonly Result<ShadowState>[]>;
};

export type ShadowRequest = { kind: 'get' } | ShadowChange;

/** A change whose form was checked (core/shadow). */
export type ShadowChange = {
  kind: 'change';
  /** What the version means depends on it: core/shadow/apply-change.ts. */
  from: 'device' | 'api';
  /** Of the message that asks for the change. */
  messageId?: string;
  version: number;
  atMs: number;
  reported?: SectionChange;
  desired?: SectionChange;
};

/**
 * `merge` goes key by key, however deep, and a value that is the text `null` takes its key out;
 * `replace` leaves nothing of what was there; `clear` leaves nothing at all (protocol.md 6.2).
 */
export type SectionChange =
  | { kind: 'merge' | 'replace'; values: Readonly<Record<string, unknown>> }
  | { kind: 'clear' };

/** Behind a request. */
export type ShadowState = {
  version: number;
  /** Of a get, and of a change of `desired`; undefined where nothing is kept. */
  document?: ShadowRecord | undefined;
};
