import { ok, type Result, refuse } from '../../model/failure.ts';
import type { CredentialsSource } from '../../ports/credentials.ts';
import { createPace, type Pace } from './call-pace.ts';
import { createPopCore, type PopParameters } from './pop-core.ts';
import type { Members, PopOutcome } from './pop-outcome.ts';

/** The IoT OpenAPI of an account of Alibaba Cloud, or of a Mooring (protocol.md 7.1, 7.2). */
export type PopClient = {
  /**
   * The whole reply. Throttled calls are repeated. Calls without a readable answer are too where
   * that does no harm: reads, and RegisterDevice of a name, whose second attempt is at worst
   * answered with `iot.device.AlreadyExistedDeviceName`.
   *
   * Refuses `identity-source-refused` and `identity-source-throttled`. Rejects with
   * PopUnreachableError, and with what `credentials` rejects with.
   */
  call(action: string, parameters: PopParameters): Promise<Result<Members>>;
};

export type PopClientOptions = {
  endpoint: string;
  /** Sent as `IotInstanceId` with each call. */
  instanceId?: string;
  credentials: CredentialsSource;
  /** Best one that never goes back, since pace and budget are measured by it. */
  nowMs(): number;
  waitMs(ms: number): Promise<void>;
  /** From 0 up to 1. */
  randomFraction(): number;
  /**
   * No more than these, spread evenly; the repeated ones count. A function: of each action for
   * itself. Default: as many as are made.
   */
  callsPerSecond?: number | ((action: string) => number);
  /** Of one attempt. */
  timeoutMs?: number;
  retry?: Partial<RetryPolicy>;
  /** Told before each wait. */
  onRetry?(retry: Retry): void;
};

type RetryPolicy = {
  /** With the first. */
  attempts: number;
  /** As long as nothing has ever answered, so that a wrong endpoint is told soon. Default: `attempts`. */
  unansweredAttempts?: number;
  firstBackoffMs: number;
  mostBackoffMs: number;
  /** No attempt begins that might end later than this after the call. */
  budgetMs: number;
};

export type Retry = { action: string; attempt: number; reason: string; backoffMs: number };

/** No answer of the account, at the last attempt or at one that must not be repeated. */
export class PopUnreachableError extends Error {
  override name = 'PopUnreachableError';
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_RETRY: RetryPolicy = {
  attempts: 6,
  firstBackoffMs: 1000,
  mostBackoffMs: 10_000,
  budgetMs: Number.POSITIVE_INFINITY,
};

const REPEATABLE_ACTION = /^(?:Query|Get|List|BatchQuery|BatchGet)/;

export function createPopClient(options: PopClientOptions): PopClient {
  const { endpoint, instanceId, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const attempt = createPopCore(endpoint, timeoutMs);
  const paceOf = createPaces(options);
  const instance = instanceId === undefined ? {} : { IotInstanceId: instanceId };
  let hasAnswered = false;
  return {
    call: async (action, parameters) => {
      const sent = { ...instance, ...parameters };
      const again = planRetries({ ...options, timeoutMs });
      for (let attempts = 1; ; attempts += 1) {
        await paceOf(action)();
        const credentials = await options.credentials();
        const outcome = await attempt({ action, parameters: sent, credentials });
        hasAnswered ||= outcome.kind !== 'lost' && outcome.kind !== 'unreachable';
        const reason = repeatReason(outcome, action, parameters);
        const made = { action, attempt: attempts };
        if (reason === undefined || !(await again({ ...made, reason }, hasAnswered))) {
          return settle(outcome, { endpoint, action, attempts, hasAnswered });
        }
      }
    },
  };
}

/** One pace for all actions, or one for each. */
function createPaces(options: PopClientOptions): (action: string) => Pace {
  const { callsPerSecond } = options;
  if (typeof callsPerSecond !== 'function') {
    const pace = createPace(callsPerSecond, options);
    return () => pace;
  }
  const paces = new Map<string, Pace>();
  return (action) => {
    const pace = paces.get(action) ?? createPace(callsPerSecond(action), options);
    paces.set(action, pace);
    return pace;
  };
}

type RetryOptions = PopClientOptions & { timeoutMs: number };

/** Waits for the next attempt, or says that there is none. */
function planRetries({ nowMs, waitMs, randomFraction, timeoutMs, retry, onRetry }: RetryOptions) {
  const policy: RetryPolicy = { ...DEFAULT_RETRY, ...retry };
  const {
    attempts,
    unansweredAttempts = attempts,
    firstBackoffMs,
    mostBackoffMs,
    budgetMs,
  } = policy;
  const startMs = nowMs();
  return async (made: Omit<Retry, 'backoffMs'>, hasAnswered: boolean): Promise<boolean> => {
    if (made.attempt >= (hasAnswered ? attempts : unansweredAttempts)) return false;
    const fullMs = Math.min(mostBackoffMs, firstBackoffMs * 2 ** (made.attempt - 1));
    const backoffMs = Math.round((fullMs * (1 + randomFraction())) / 2);
    if (nowMs() - startMs + backoffMs + timeoutMs > budgetMs) return false;
    onRetry?.({ ...made, backoffMs });
    await waitMs(backoffMs);
    return true;
  };
}

/** Undefined where the outcome is final. */
function repeatReason(
  outcome: PopOutcome,
  action: string,
  parameters: PopParameters,
): string | undefined {
  if (outcome.kind === 'throttled') return outcome.code;
  if (outcome.kind !== 'failed' && outcome.kind !== 'lost') return undefined;
  const named = action === 'RegisterDevice' && parameters['DeviceName'] !== undefined;
  if (!named && !REPEATABLE_ACTION.test(action)) return undefined;
  return outcome.kind === 'lost' ? outcome.reason : outcome.code;
}

type Made = { endpoint: string; action: string; attempts: number; hasAnswered: boolean };

function settle(outcome: PopOutcome, made: Made): Result<Members> {
  const { endpoint, action, attempts } = made;
  const advice = made.hasAnswered ? '' : '. Is this the address of the IoT OpenAPI?';
  switch (outcome.kind) {
    case 'reply':
      return ok(outcome.members);
    case 'throttled':
      return refuse({ kind: 'identity-source-throttled', attempts });
    case 'refused':
    case 'failed':
      return refuse({
        kind: 'identity-source-refused',
        code: outcome.code,
        message: outcome.message,
      });
    case 'lost':
      throw new PopUnreachableError(
        `${endpoint} did not answer ${action} in ${attempts} attempts: ${outcome.reason}${advice}`,
      );
    case 'unreachable':
      throw new PopUnreachableError(`${endpoint} cannot be reached (${outcome.reason})${advice}`);
  }
}
