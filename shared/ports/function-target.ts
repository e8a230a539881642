import type { FunctionTarget } from '../model/forwarding.ts';

/** Calls functions, each kind by its own service. */
export type FunctionTargets = {
  /** Once, without a retry of its own. Never rejects: whatever fails is an outcome. */
  invoke(target: FunctionTarget, call: FunctionCall): Promise<CallOutcome>;
  close(): Promise<void>;
};

/** Serves the targets of one kind. */
export type TargetCaller<Target extends FunctionTarget> = {
  invoke(target: Target, call: FunctionCall): Promise<CallOutcome>;
  close(): Promise<void>;
};

export type FunctionCall = {
  event: Uint8Array;
  contentType: 'application/json' | 'application/octet-stream';
};

/**
 * `throttled` and `failed` are worth another try, `refused` is not: the fault is in the event. Reasons
 * hold no secret.
 */
export type CallOutcome =
  | { kind: 'succeeded'; answer: string }
  | { kind: 'throttled'; reason: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'refused'; reason: string };

/**
 * What an HTTP status other than 2xx comes to. A target that does not know us or is not there (401, 403,
 * 404) has not judged the event: it is tried again.
 */
export function outcomeOfStatus(status: number, reason: string): CallOutcome {
  if (status === TOO_MANY_REQUESTS) return { kind: 'throttled', reason };
  const isRefusal = status >= 400 && status < 500 && !NOT_OF_THE_EVENT.has(status);
  return { kind: isRefusal ? 'refused' : 'failed', reason };
}

const TOO_MANY_REQUESTS = 429;

/** Beside who asks and where: time-out, conflict, misdirected, locked, too early, and 499 of a proxy. */
const NOT_OF_THE_EVENT = new Set([401, 402, 403, 404, 407, 408, 409, 421, 423, 424, 425, 499]);
