import type { Reply } from '../../model/http.ts';

/*
 * What the paths that give out identities, `/auth/register/device` and `/certificate`, have in common:
 * the platform's codes of the former (protocol.md 2.1), and no blanks in the JSON (devices.md 1, row 2).
 */

export type WireCode = { code: number; message: string };

export const PARAMETER_ERROR: WireCode = { code: 460, message: 'request parameter error' };
export const SERVER_ERROR: WireCode = { code: 500, message: 'server error' };

/** The answer to a fault: the reason is in the log. */
export function faultReply(): Reply {
  return jsonReply(SERVER_ERROR, 'fault');
}

/** HTTP status 200, whatever the body says. */
export function jsonReply(body: object, outcome: string): Reply {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body), outcome };
}
