import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Request } from '../../model/http.ts';

/** Most bytes of a body on the HTTPS device paths (protocol.md 1.1). */
export const BODY_LIMIT_BYTES = 128 * 1024;

/** The rules that /auth, /auth/register/device and /topic share: POST, no query string, one content type, 128 KB (protocol.md 1.1). */
export function checkDeviceRequest(request: Request, contentType: string): Result<Request> {
  if (request.method !== 'POST') return malformed(`${request.method} where only POST is served`);
  if (request.query !== '') return malformed('a query string is not allowed');
  if (mediaTypeOf(request.headers['content-type']) !== contentType) {
    return malformed(`the content type has to be ${contentType}`);
  }
  if (request.body.length > BODY_LIMIT_BYTES) {
    return refuse({ kind: 'payload-too-large', limitBytes: BODY_LIMIT_BYTES });
  }
  return ok(request);
}

function mediaTypeOf(header = ''): string {
  const semicolon = header.indexOf(';');
  return (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

function malformed(reason: string) {
  return refuse({ kind: 'malformed-request', reason });
}
