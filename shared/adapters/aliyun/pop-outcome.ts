import type { Credentials } from '../../ports/credentials.ts';
import { plainValue } from './plain-value.ts';
import { valueAt } from './reply-values.ts';

/** A whole reply. Numbers of more than 15 characters are texts. */
export type Members = Readonly<Record<string, unknown>>;

/** How one attempt at a call ended. */
export type PopOutcome =
  | { kind: 'reply'; members: Members }
  /** Refused before anything was done. */
  | { kind: 'throttled'; code: string }
  | { kind: 'refused'; code: string; message: string }
  /** The account failed on it, and may have carried it out or not. */
  | { kind: 'failed'; code: string; message: string }
  /** No answer, or none that can be read: it may have been carried out or not. */
  | { kind: 'lost'; reason: string }
  | { kind: 'unreachable'; reason: string };

type Asked = { action: string; credentials: Credentials; timeoutMs: number };

/** What pop-core throws for an answer with a `Code`. Its own message has the URL in it. */
export type PopError = Error & { code: string; data: object };

/** Those of the gateway, and any of the IoT product with RateLimit in it (protocol.md 7.1, 7.5). */
const THROTTLING_CODE = /^(?:Throttling(?:\..*)?|ServiceUnavailable|iot\..*RateLimit.*)$/;
const FAILURE_CODES: ReadonlySet<string> = new Set(['InternalError', 'iot.system.SystemException']);
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
]);
const FIRST_SERVER_ERROR = 500;
const LONGEST_MESSAGE = 300;

/** pop-core sees no error in a reply without a `Code`, whatever its status. */
export function outcomeOfReply(reply: unknown, asked: Asked): PopOutcome {
  if (typeof reply !== 'object' || reply === null) return UNREADABLE;
  const members = Object.fromEntries(Object.entries(Object(plainValue(reply))));
  if (members['Success'] === true) return { kind: 'reply', members };
  if (members['Success'] !== false) return UNREADABLE;
  return { kind: 'refused', code: 'unknown', message: messageOf('unknown', members, asked) };
}

export function outcomeOfError(error: unknown, asked: Asked): PopOutcome {
  if (isPopError(error)) return outcomeOfCode(error, asked);
  // json-bigint throws a plain object of that name, with the whole text in it.
  if (valueAt(error, ['name']) === 'SyntaxError') return UNREADABLE;
  if (!(error instanceof Error)) return UNREADABLE;
  if (error.name.startsWith('RequestTimeout')) {
    return { kind: 'lost', reason: `no answer within ${asked.timeoutMs} ms` };
  }
  const code = valueAt(error, ['code']);
  // A fault of this program, or of what it was given.
  if (typeof code !== 'string') throw error;
  return { kind: TRANSIENT_CODES.has(code) ? 'lost' : 'unreachable', reason: code };
}

const UNREADABLE: PopOutcome = {
  kind: 'lost',
  reason: 'the answer is not one of the IoT OpenAPI',
};

function outcomeOfCode(error: PopError, asked: Asked): PopOutcome {
  const { code, data } = error;
  if (THROTTLING_CODE.test(code)) return { kind: 'throttled', code };
  const kind = FAILURE_CODES.has(code) || hasServerStatus(error) ? 'failed' : 'refused';
  return { kind, code, message: messageOf(code, data, asked) };
}

function hasServerStatus(error: PopError): boolean {
  const status = valueAt(error, ['entry', 'response', 'statusCode']);
  return typeof status === 'number' && status >= FIRST_SERVER_ERROR;
}

/** Not the account's own words where they quote the text that was signed, or do not say what to do. */
function messageOf(code: string, data: object, { action, credentials }: Asked): string {
  if (code.startsWith('InvalidAccessKeyId')) {
    return 'the account does not know the access key, or it is switched off';
  }
  if (code === 'SignatureDoesNotMatch') {
    return 'the secret is not that of the access key';
  }
  if (code.startsWith('InvalidSecurityToken')) return 'the security token is wrong or has expired';
  if (code.startsWith('InvalidTimeStamp')) {
    return 'the clock of this machine is more than 15 minutes off';
  }
  if (PERMISSION_CODE.test(code)) return `the access key is not allowed to: allow it iot:${action}`;
  const text = valueAt(data, ['ErrorMessage']) ?? valueAt(data, ['Message']);
  return typeof text === 'string' && text !== '' ? withoutSecrets(text, credentials) : 'no message';
}

const PERMISSION_CODE = /^(?:Forbidden|NoPermission|iot\.common\.RamActionPermissionDeny)/;

function withoutSecrets(text: string, credentials: Credentials): string {
  const [before = ''] = text.split(/server string to sign/i);
  const { accessKeyId, accessKeySecret, securityToken } = credentials;
  return [accessKeyId, accessKeySecret, securityToken]
    .reduce<string>((rest, secret) => (secret ? rest.replaceAll(secret, '***') : rest), before)
    .slice(0, LONGEST_MESSAGE);
}

export function isPopError(error: unknown): error is PopError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'data' in error &&
    typeof error.data === 'object' &&
    error.data !== null
  );
}
