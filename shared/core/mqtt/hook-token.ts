import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from '../../model/http.ts';

/**
 * Whether a call of a broker carries the token that is configured, as `x-mooring-hook-token`, as a
 * bearer token, or as `token` in the query string for brokers that send no headers of their own. True
 * where none is configured.
 */
export function carriesHookToken(
  { headers, query }: Pick<Request, 'headers' | 'query'>,
  token: string | undefined,
): boolean {
  if (token === undefined) return true;
  const presented =
    headers['x-mooring-hook-token'] ??
    BEARER.exec(headers['authorization'] ?? '')?.[1] ??
    new URLSearchParams(query).get('token');
  return presented !== null && timingSafeEqual(digestOf(presented), digestOf(token));
}

const BEARER = /^Bearer +(\S+)$/i;

/** Of one length, whatever was sent. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
