import { describe, expect, test } from 'vitest';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import {
  issueGuidedToken,
  verifyGuidedToken,
} from '../../../../../shared/core/token/guided-token.ts';
import { testKey } from '../../../../support/memory-parts.ts';

const keys = createKeyRing([testKey('current')]);
const claims = { iotId: 'iotId01', generation: 2 ** 48 - 1, expiresAtMs: 1_700_000_000_000 };
const iotToken = issueGuidedToken(claims, keys);
const BEFORE = claims.expiresAtMs - 1;

const verify = (changes: { iotId?: string; iotToken?: string }, nowMs = BEFORE, ring = keys) =>
  verifyGuidedToken({ iotId: claims.iotId, iotToken, ...changes }, ring, nowMs);

const refusal = (kind: string, reason?: unknown) => ({
  ok: false,
  failure: reason === undefined ? { kind } : { kind, reason },
});

test('a token says again what it was made of, and fits the C SDK', () => {
  expect(verify({})).toEqual({ ok: true, value: claims });
  expect(iotToken).toMatch(/^[\w-]{42}$/);
});

test('it expires to the second', () => {
  expect(verify({}, claims.expiresAtMs)).toEqual(refusal('token-retired', 'expired'));
});

test('it is of one device', () => {
  expect(verify({ iotId: 'iotId02' })).toEqual(refusal('token-forged'));
});

test('a key that went away retires it, one that is only old does not', () => {
  const next = createKeyRing([testKey('next')]);
  expect(verify({}, BEFORE, next)).toEqual(refusal('token-retired', 'unknown-key'));
  const both = createKeyRing([testKey('next'), testKey('current')]);
  expect(verify({}, BEFORE, both).ok).toBe(true);
});

describe('no token is', () => {
  test('an empty one', () => {
    expect(verify({ iotToken: '' })).toEqual(refusal('token-absent'));
  });

  test.each([
    `${iotToken} `,
    iotToken.slice(1),
    `${iotToken}AAAA`,
    `${iotToken}=`,
    'not a token',
    `B${iotToken.slice(1)}`,
  ])('%j', (text) => {
    expect(verify({ iotToken: text })).toEqual(refusal('token-malformed', expect.any(String)));
  });

  test('one with any other bit', () => {
    const bytes = Buffer.from(iotToken, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verify({ iotToken: altered.toString('base64url') }).ok, `bit ${bit}`).toBe(false);
    }
  });
});
