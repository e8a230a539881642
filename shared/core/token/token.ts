import { timingSafeEqual } from 'node:crypto';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import { KEY_ID_BYTES, type Key, type KeyRing } from '../keys/key-ring.ts';
import { hmacDigest } from '../signing/hmac.ts';

/**
 * What a signed-in device shows with every message: a compact signed token, base64url of
 *
 *     format 1 | key id 4 | expiry, s 4 | generation 6 | length of productKey 1 | productKey | deviceName | MAC 16
 *
 * with the MAC over all that stands before it (HMAC-SHA256 cut to 128 bits, RFC 4868). The C SDK
 * keeps at most 192 characters of it (devices.md 1, row 1): 32 and 64 bytes of names make 171.
 */
export type TokenClaims = {
  productKey: string;
  deviceName: string;
  generation: number;
  expiresAtMs: number;
};

export const TOKEN_LIFE_MS = 7 * 24 * 60 * 60 * 1000;

const FORMAT = 1;
const KEY_ID_AT = 1;
const EXPIRY_AT = KEY_ID_AT + KEY_ID_BYTES;
const GENERATION_AT = EXPIRY_AT + 4;
const GENERATION_BYTES = 6;
const PRODUCT_KEY_LENGTH_AT = GENERATION_AT + GENERATION_BYTES;
const NAMES_AT = PRODUCT_KEY_LENGTH_AT + 1;
const MAC_BYTES = 16;
const LONGEST_PRODUCT_KEY_BYTES = 32;
const LONGEST_DEVICE_NAME_BYTES = 64;
const LONGEST_TOKEN_CHARACTERS = 192;

/** @throws RangeError for names longer than a device can have. */
export function issueToken(claims: TokenClaims, { current }: KeyRing): string {
  const { productKey, deviceName } = claims;
  const productKeyBytes = Buffer.byteLength(productKey);
  const deviceNameBytes = Buffer.byteLength(deviceName);
  if (productKeyBytes > LONGEST_PRODUCT_KEY_BYTES || deviceNameBytes > LONGEST_DEVICE_NAME_BYTES) {
    throw new RangeError('productKey or deviceName is too long for a token');
  }
  const signedBytes = NAMES_AT + productKeyBytes + deviceNameBytes;
  const token = Buffer.allocUnsafe(signedBytes + MAC_BYTES);
  token[0] = FORMAT;
  token.write(current.id, KEY_ID_AT, 'hex');
  token.writeUInt32BE(Math.floor(claims.expiresAtMs / 1000), EXPIRY_AT);
  token.writeUIntBE(claims.generation, GENERATION_AT, GENERATION_BYTES);
  token[PRODUCT_KEY_LENGTH_AT] = productKeyBytes;
  token.write(productKey, NAMES_AT);
  token.write(deviceName, NAMES_AT + productKeyBytes);
  token.write(macOf(token.subarray(0, signedBytes), current), signedBytes, MAC_BYTES, 'latin1');
  return token.toString('base64url');
}

/**
 * Needs no storage: the caller still compares the generation and status with the device's record.
 * `token-retired` wherever a new sign-in helps, because the C SDK signs in again on that alone.
 */
export function verifyToken(text: string, keys: KeyRing, nowMs: number): Result<TokenClaims> {
  if (text === '') return refuse({ kind: 'token-absent' });
  if (text.length > LONGEST_TOKEN_CHARACTERS) return malformed('longer than any token');
  const token = Buffer.from(text, 'base64url');
  // Node skips foreign characters and ignores spare bits: without this an altered token could pass.
  if (token.toString('base64url') !== text) return malformed('not base64url');
  if (token.length <= NAMES_AT + MAC_BYTES) return malformed('too short');
  if (token[0] !== FORMAT) return malformed('unknown format');
  const namesEnd = token.length - MAC_BYTES;
  const deviceNameAt = NAMES_AT + token.readUInt8(PRODUCT_KEY_LENGTH_AT);
  if (deviceNameAt >= namesEnd) return malformed('length of productKey');

  const key = keys.byId(token.toString('hex', KEY_ID_AT, KEY_ID_AT + KEY_ID_BYTES));
  if (!key) return refuse({ kind: 'token-retired', reason: 'unknown-key' });
  const mac = Buffer.from(macOf(token.subarray(0, namesEnd), key), 'latin1');
  if (!timingSafeEqual(mac, token.subarray(namesEnd))) return refuse({ kind: 'token-forged' });
  const expiresAtMs = token.readUInt32BE(EXPIRY_AT) * 1000;
  if (nowMs >= expiresAtMs) return refuse({ kind: 'token-retired', reason: 'expired' });
  return ok({
    productKey: token.toString('utf8', NAMES_AT, deviceNameAt),
    deviceName: token.toString('utf8', deviceNameAt, namesEnd),
    generation: token.readUIntBE(GENERATION_AT, GENERATION_BYTES),
    expiresAtMs,
  });
}

/** A byte a character. */
function macOf(signed: Buffer, key: Key): string {
  return hmacDigest('sha256', key.bytes, signed).slice(0, MAC_BYTES);
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'token-malformed', reason });
}
