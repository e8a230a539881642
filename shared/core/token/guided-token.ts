import { timingSafeEqual } from 'node:crypto';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import { KEY_ID_BYTES, type Key, type KeyRing } from '../keys/key-ring.ts';
import { hmacDigest } from '../signing/hmac.ts';

/**
 * The iotToken of `POST /auth/devicename`, shown as the password of CONNECT with the iotId as username
 * (protocol.md 2.4): base64url of
 *
 *     format 2 | key id 4 | expiry, s 4 | generation 6 | MAC 16
 *
 * with the MAC over all that stands before it and the iotId. 42 characters, of which the C SDK keeps 65.
 */
export type GuidedClaims = { iotId: string; generation: number; expiresAtMs: number };

const FORMAT = 2;
const KEY_ID_AT = 1;
const EXPIRY_AT = KEY_ID_AT + KEY_ID_BYTES;
const GENERATION_AT = EXPIRY_AT + 4;
const GENERATION_BYTES = 6;
const MAC_AT = GENERATION_AT + GENERATION_BYTES;
const MAC_BYTES = 16;
const TOKEN_BYTES = MAC_AT + MAC_BYTES;

export function issueGuidedToken(claims: GuidedClaims, { current }: KeyRing): string {
  const token = Buffer.alloc(TOKEN_BYTES);
  token[0] = FORMAT;
  token.write(current.id, KEY_ID_AT, 'hex');
  token.writeUInt32BE(Math.floor(claims.expiresAtMs / 1000), EXPIRY_AT);
  token.writeUIntBE(claims.generation, GENERATION_AT, GENERATION_BYTES);
  token.write(macOf(token, claims.iotId, current), MAC_AT, MAC_BYTES, 'latin1');
  return token.toString('base64url');
}

/** Needs no storage: the caller still compares the generation with the device's record. */
export function verifyGuidedToken(
  { iotId, iotToken }: { iotId: string; iotToken: string },
  keys: KeyRing,
  nowMs: number,
): Result<GuidedClaims> {
  if (iotToken === '') return refuse({ kind: 'token-absent' });
  const token = Buffer.from(iotToken, 'base64url');
  // Node skips foreign characters and ignores spare bits: without this an altered token could pass.
  if (token.toString('base64url') !== iotToken) return malformed('not base64url');
  if (token.length !== TOKEN_BYTES) return malformed('not as long as an iotToken');
  if (token[0] !== FORMAT) return malformed('unknown format');
  const key = keys.byId(token.toString('hex', KEY_ID_AT, EXPIRY_AT));
  if (!key) return refuse({ kind: 'token-retired', reason: 'unknown-key' });
  const mac = Buffer.from(macOf(token, iotId, key), 'latin1');
  if (!timingSafeEqual(mac, token.subarray(MAC_AT))) return refuse({ kind: 'token-forged' });
  const expiresAtMs = token.readUInt32BE(EXPIRY_AT) * 1000;
  if (nowMs >= expiresAtMs) return refuse({ kind: 'token-retired', reason: 'expired' });
  const generation = token.readUIntBE(GENERATION_AT, GENERATION_BYTES);
  return ok({ iotId, generation, expiresAtMs });
}

/** A byte a character. */
function macOf(token: Buffer, iotId: string, key: Key): string {
  const signed = Buffer.concat([token.subarray(0, MAC_AT), Buffer.from(iotId)]);
  return hmacDigest('sha256', key.bytes, signed).slice(0, MAC_BYTES);
}

function malformed(reason: string): Refusal {
  return refuse({ kind: 'token-malformed', reason });
}
