import { createHash } from 'node:crypto';
import { equalsHex, hmac } from '../hmac.ts';
import type { Mismatch } from '../verification.ts';
import type { Acs3Authorization } from './acs3-authorization.ts';
import { percentEncode } from './percent-encode.ts';

/** A call of the newer SDKs (protocol.md 7.1b). */
export type Acs3Request = {
  method: string;
  /** Percent-decoded; `/` for RPC-style products such as Iot. */
  path: string;
  /** Decoded. */
  query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
};

/** How a client writes the names of the query: @alicloud/openapi-util leaves them as they are. */
type QueryNames = 'raw' | 'encoded';

/** The two lines that are signed; `signedHeaders` in lower case and sorted. */
export function acs3StringToSign(
  request: Acs3Request,
  signedHeaders: readonly string[],
  queryNames: QueryNames = 'raw',
): string {
  return `ACS3-HMAC-SHA256\n${sha256Hex(canonicalRequest(request, signedHeaders, queryNames))}`;
}

/** The `Signature` of the Authorization header, in lower-case hex. */
export function acs3Sign(
  request: Acs3Request,
  signedHeaders: readonly string[],
  accessKeySecret: string,
): string {
  const stringToSign = acs3StringToSign(request, signedHeaders);
  return hmac('hmacsha256', accessKeySecret, stringToSign).toString('hex');
}

/**
 * Checks the signature over the call as received, body included. Every `x-acs-` header and `host`
 * must be among the signed ones, or whoever saw one call could send another under its signature.
 * Date and nonce are for the caller to check.
 */
export function verifyAcs3Sign(
  request: Acs3Request,
  authorization: Acs3Authorization,
  accessKeySecret: string,
): { ok: true } | Mismatch {
  const { signature, signedHeaders } = authorization;
  const stringToSign = acs3StringToSign(request, signedHeaders);
  const flaw = findFlaw(request, signedHeaders);
  if (flaw !== undefined) return { ok: false, reason: flaw, stringToSign };
  const matches = (text: string) => equalsHex(hmac('hmacsha256', accessKeySecret, text), signature);
  if (matches(stringToSign)) return { ok: true };
  if (matches(acs3StringToSign(request, signedHeaders, 'encoded'))) return { ok: true };
  return { ok: false, reason: 'Signature does not match', stringToSign };
}

function canonicalRequest(
  request: Acs3Request,
  signedHeaders: readonly string[],
  queryNames: QueryNames,
): string {
  return [
    request.method.toUpperCase(),
    request.path.split('/').map(percentEncode).join('/'),
    canonicalQuery(request.query, queryNames),
    ...signedHeaders.map((name) => `${name}:${request.headers[name]?.trim() ?? ''}`),
    '',
    signedHeaders.join(';'),
    sha256Hex(request.body),
  ].join('\n');
}

function canonicalQuery(query: Acs3Request['query'], names: QueryNames): string {
  return Object.entries(query)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const key = names === 'raw' ? name : percentEncode(name);
      return `${key}=${percentEncode(value)}`;
    })
    .join('&');
}

function findFlaw(request: Acs3Request, signedHeaders: readonly string[]): string | undefined {
  const signed = new Set(signedHeaders);
  const unsigned = Object.keys(request.headers).find(
    (name) => (name === 'host' || name.startsWith('x-acs-')) && !signed.has(name),
  );
  if (unsigned !== undefined) return `the header ${unsigned} is not signed`;
  const declaredHash = request.headers['x-acs-content-sha256'];
  if (declaredHash === undefined || declaredHash.toLowerCase() === sha256Hex(request.body)) return;
  return 'x-acs-content-sha256 is not the hash of the body';
}

function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
