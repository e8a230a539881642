import { equalsBase64, hmac } from '../hmac.ts';
import type { SignMethod } from '../sign-method.ts';
import type { Mismatch } from '../verification.ts';
import { percentEncode } from './percent-encode.ts';

/** An RPC-style call: the method as received, query and form merged, decoded (protocol.md 7.1). */
export type RpcRequest = { method: string; params: Readonly<Record<string, string>> };

/** All parameters but `Signature`, also empty ones, sorted and encoded. */
export function rpcStringToSign({ method, params }: RpcRequest): string {
  const pairs = Object.entries(params)
    .filter(([name]) => name !== 'Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
  return `${method.toUpperCase()}&%2F&${percentEncode(pairs.join('&'))}`;
}

/** The `Signature` parameter in base64, not yet percent-encoded, by the call's `SignatureMethod`. */
export function rpcSign(request: RpcRequest, accessKeySecret: string): string {
  const method = rpcSignMethod(request);
  if (method === undefined) throw new TypeError('SignatureMethod is unknown');
  return hmac(method, rpcKey(accessKeySecret), rpcStringToSign(request)).toString('base64');
}

/** Checks `Signature`. Timestamp and nonce are for the caller to check. */
export function verifyRpcSign(
  request: RpcRequest,
  accessKeySecret: string,
): { ok: true } | Mismatch {
  const stringToSign = rpcStringToSign(request);
  const method = rpcSignMethod(request);
  if (method === undefined) {
    return { ok: false, reason: 'SignatureMethod is not HMAC-SHA1 or HMAC-SHA256', stringToSign };
  }
  const digest = hmac(method, rpcKey(accessKeySecret), stringToSign);
  if (equalsBase64(digest, request.params['Signature'] ?? '')) return { ok: true };
  return { ok: false, reason: 'Signature does not match', stringToSign };
}

function rpcKey(accessKeySecret: string): string {
  if (accessKeySecret === '') throw new TypeError('the access key secret is empty');
  return `${accessKeySecret}&`;
}

function rpcSignMethod({ params }: RpcRequest): SignMethod | undefined {
  switch ((params['SignatureMethod'] ?? 'HMAC-SHA1').toUpperCase()) {
    case 'HMAC-SHA1':
      return 'hmacsha1';
    case 'HMAC-SHA256':
      return 'hmacsha256';
    default:
      return undefined;
  }
}
