import type { Reply } from '../../shared/model/http.ts';
import type { ApiError } from './api-error.ts';

/** What a reply has beside `RequestId` and `Success`: nearly always `Data`. */
export type Members = Readonly<Record<string, unknown>>;

/** An integer that may be beyond 2^53, as its decimal digits. */
export type RawNumber = { readonly [DIGITS]: string };

const DIGITS = Symbol('digits');

/** Goes into the JSON as it is (protocol.md 0.5). Only as a member of the reply itself, not below. */
export const rawNumber = (digits: string): RawNumber => ({ [DIGITS]: digits });

/** Without `Code`: clients take a reply that has one for an error (protocol.md 7.1). */
export function successReply(requestId: string, members: Members): Reply {
  return {
    ...jsonReply(200, { RequestId: requestId, Success: true, ...members }),
    outcome: 'success',
  };
}

/** `host` is the one that the client asked for. */
export function errorReply(requestId: string, host: string, error: ApiError): Reply {
  const { status, code, message } = error;
  const body =
    status === 200
      ? { RequestId: requestId, Success: false, Code: code, ErrorMessage: message }
      : { RequestId: requestId, HostId: host, Code: code, Message: message };
  return jsonReply(status, body);
}

function jsonReply(status: number, body: Members): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: jsonText(body) };
}

function jsonText(body: Members): string {
  const members = Object.entries(body).flatMap(([name, value]) => {
    const text = isRawNumber(value) ? value[DIGITS] : JSON.stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(',')}}`;
}

function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && DIGITS in value;
}
