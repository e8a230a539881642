import { describe, expect, test } from 'vitest';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { issueToken, TOKEN_LIFE_MS, verifyToken } from '../../../../../shared/core/token/token.ts';
import { testKey } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';

const keys = createKeyRing([testKey('token')]);
const claims = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  generation: START_MS - 1,
  expiresAtMs: START_MS + TOKEN_LIFE_MS,
};
const token = issueToken(claims, keys);
const verify = (text: string, nowMs = START_MS) => verifyToken(text, keys, nowMs);
const refusal = (failure: object) => ({ ok: false, failure });
const retired = (reason: string) => refusal({ kind: 'token-retired', reason });

describe('issueToken', () => {
  test('makes a token that gives back its claims', () => {
    expect(verify(token)).toEqual({ ok: true, value: claims });
  });

  test('makes 171 characters of the longest names, which the C SDK can keep in its 192', () => {
    const names = { productKey: 'p'.repeat(32), deviceName: 'd'.repeat(64) };
    const longest = issueToken({ ...claims, ...names }, keys);
    expect(longest).toHaveLength(171);
    expect(verify(longest)).toMatchObject({ ok: true, value: names });
  });

  test('makes base64url without padding, which needs no escape in JSON or in a header', () => {
    for (let length = 4; length < 32; length += 1) {
      const issued = issueToken({ ...claims, deviceName: 'd'.repeat(length) }, keys);
      expect(issued).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(verify(issued)).toMatchObject({ ok: true });
    }
  });

  for (const names of [{ productKey: 'p'.repeat(33) }, { deviceName: 'd'.repeat(65) }]) {
    test(`throws where the ${Object.keys(names)[0]} is too long for any device`, () => {
      const expected = new RangeError('productKey or deviceName is too long for a token');
      expect(() => issueToken({ ...claims, ...names }, keys)).toThrow(expected);
    });
  }
});

describe('verifyToken', () => {
  test('takes a token until its expiry and not at it', () => {
    expect(verify(token, claims.expiresAtMs - 1)).toMatchObject({ ok: true });
    expect(verify(token, claims.expiresAtMs)).toEqual(retired('expired'));
  });

  test('refuses a token with any one character altered', () => {
    for (let at = 0; at < token.length; at += 1) {
      for (const character of BASE64URL) {
        if (character === token[at]) continue;
        const altered = token.slice(0, at) + character + token.slice(at + 1);
        expect(verify(altered), altered).toMatchObject(expectedOf(altered));
      }
    }
  });

  test('refuses a token cut at any length', () => {
    for (let length = 1; length < token.length; length += 1) {
      const { ok, kind } = outcomeOf(token.slice(0, length));
      expect({ length, ok, kind }).toEqual({
        length,
        ok: false,
        kind: expect.stringMatching(/^token-(malformed|forged)$/),
      });
    }
  });

  const otherKeys = createKeyRing([testKey('other')]);
  const malformed = [
    ['longer than any token', 'A'.repeat(193)],
    ['not base64url', `${token}=`],
    ['not base64url', ` ${token}`],
    ['not base64url', `${token.slice(0, 8)}\n${token.slice(8)}`],
    ['not base64url', `${token.slice(0, -1)}+`],
    ['not base64url', 'token ü'],
    ['too short', 'AQID'],
    ['unknown format', `Ag${token.slice(2)}`],
    ['length of productKey', withProductKeyLength(claims.productKey.length + 7)],
    ['length of productKey', withProductKeyLength(255)],
  ] as const;
  for (const [reason, text] of malformed) {
    test(`refuses ${JSON.stringify(text.slice(0, 20))} as ${reason}`, () => {
      expect(verify(text)).toEqual(refusal({ kind: 'token-malformed', reason }));
    });
  }

  test('refuses a spelling of the same bytes with other spare bits', () => {
    const issued = issueToken({ ...claims, deviceName: 'dev_0011' }, keys);
    const twin = [...BASE64URL]
      .map((last) => issued.slice(0, -1) + last)
      .find((text) => text !== issued && bytesOf(text).equals(bytesOf(issued)));
    expect(verify(issued)).toMatchObject({ ok: true });
    const reason = 'not base64url';
    expect(verify(twin ?? '')).toEqual(refusal({ kind: 'token-malformed', reason }));
  });

  test('refuses a boundary between the names that was moved', () => {
    const moved = withProductKeyLength(claims.productKey.length - 1);
    expect(verify(moved)).toEqual(refusal({ kind: 'token-forged' }));
  });

  test('says that an empty token is absent', () => {
    expect(verify('')).toEqual(refusal({ kind: 'token-absent' }));
  });

  test('asks for a new sign-in where the key is not known', () => {
    expect(verify(issueToken(claims, otherKeys))).toEqual(retired('unknown-key'));
  });

  test('takes tokens of an old key while it is in the ring, and of the new one', () => {
    const rotated = createKeyRing([testKey('new'), testKey('token')]);
    const expected = { ok: true, value: claims };
    expect(verifyToken(token, rotated, START_MS)).toEqual(expected);
    expect(verifyToken(issueToken(claims, rotated), rotated, START_MS)).toEqual(expected);
    expect(verify(issueToken(claims, rotated))).toEqual(retired('unknown-key'));
  });

  test('does not say that a forged token has expired', () => {
    const at = token.length - 4;
    const forged = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
    const expected = refusal({ kind: 'token-forged' });
    expect(verify(forged, claims.expiresAtMs)).toEqual(expected);
  });
});

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PRODUCT_KEY_LENGTH_AT = 15;

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}

/** Where only the key id was altered, the key is one that may have been; all else is a bad token. */
function expectedOf(altered: string): object {
  const isKeyIdAltered = !bytesOf(altered).subarray(1, 5).equals(bytesOf(token).subarray(1, 5));
  const isFormatAltered = bytesOf(altered)[0] !== bytesOf(token)[0];
  if (isKeyIdAltered && !isFormatAltered) return retired('unknown-key');
  const kind = expect.stringMatching(/^token-(malformed|forged)$/);
  return { ok: false, failure: { kind } };
}

function outcomeOf(text: string) {
  const result = verify(text);
  return { ok: result.ok, kind: result.ok ? undefined : result.failure.kind };
}

function withProductKeyLength(length: number): string {
  const bytes = bytesOf(token);
  bytes[PRODUCT_KEY_LENGTH_AT] = length;
  return bytes.toString('base64url');
}
