import { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';
import type { SignMethod } from './sign-method.ts';

const DIGESTS = { hmacmd5: 'md5', hmacsha1: 'sha1', hmacsha256: 'sha256' } as const;

type Digest = (typeof DIGESTS)[SignMethod];

const HEX = /^[0-9a-fA-F]+$/;

/** HMAC over the UTF-8 bytes of `content`. Throws on an empty key: anyone could sign with that. */
export function hmac(method: SignMethod, key: string, content: string): Buffer {
  if (key === '') throw new TypeError('the key of a signature is empty');
  const digest = hmacDigest(DIGESTS[method], Buffer.from(key), Buffer.from(content));
  return Buffer.from(digest, 'latin1');
}

/**
 * RFC 2104 on Node's one-shot hash, a byte a character: half the cost of `createHmac`, which makes a
 * stream and a native object for each signature, and most of what a sign-in costs is two of these.
 */
export function hmacDigest(digest: Digest, key: Uint8Array, content: Uint8Array): string {
  const short = key.length > BLOCK_BYTES ? Buffer.from(hash(digest, key, 'binary'), 'latin1') : key;
  const inner = padded(short, INNER_PAD, content.length);
  inner.set(content, BLOCK_BYTES);
  const innerDigest = hash(digest, inner, 'binary');
  const outer = padded(short, OUTER_PAD, innerDigest.length);
  outer.write(innerDigest, BLOCK_BYTES, 'latin1');
  return hash(digest, outer, 'binary');
}

/** Of MD5, SHA-1 and SHA-256 alike. */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** A block of the key and the pad, with room for `bytes` behind it. */
function padded(key: Uint8Array, pad: number, bytes: number): Buffer {
  const block = Buffer.allocUnsafe(BLOCK_BYTES + bytes).fill(pad, 0, BLOCK_BYTES);
  for (let index = 0; index < key.length; index += 1) block[index] = (key[index] ?? 0) ^ pad;
  return block;
}

/**
 * Whether `hex`, in any case, spells the digest: compared as bytes and in constant time. False for
 * whatever is not hex of the digest's length.
 */
export function equalsHex(digest: Buffer, hex: string): boolean {
  return (
    hex.length === digest.length * 2 &&
    isHex(hex) &&
    timingSafeEqual(digest, Buffer.from(hex, 'hex'))
  );
}

/** Stricter than Buffer, which reads U+0130 as the digit 0 and stops in silence at what it cannot read. */
export function isHex(text: string): boolean {
  return HEX.test(text);
}

/** Constant-time comparison with the one canonical base64 spelling of the digest. */
export function equalsBase64(digest: Buffer, base64: string): boolean {
  const expected = Buffer.from(digest.toString('base64'));
  const presented = Buffer.from(base64);
  return presented.length === expected.length && timingSafeEqual(presented, expected);
}
