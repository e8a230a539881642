import { expect, test } from 'vitest';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { issueToken } from '../../../../../shared/core/token/token.ts';
import { createTokenVerifier } from '../../../../../shared/core/token/token-verifier.ts';

const NOW_MS = 1_700_000_000_000;
const keys = createKeyRing([Buffer.alloc(32, 1)]);
const claims = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  generation: 7,
  expiresAtMs: NOW_MS + 10_000,
};
const token = issueToken(claims, keys);

test('gives the same claims the first time and ever after', () => {
  const verify = createTokenVerifier(keys);
  expect(verify(token, NOW_MS)).toEqual({ ok: true, value: claims });
  expect(verify(token, NOW_MS + 1)).toEqual({ ok: true, value: claims });
});

test('refuses a token that it keeps once that has expired', () => {
  const verify = createTokenVerifier(keys);
  verify(token, NOW_MS);
  const expired = { ok: false, failure: { kind: 'token-retired', reason: 'expired' } };
  expect(verify(token, NOW_MS + 9999)).toMatchObject({ ok: true });
  expect(verify(token, NOW_MS + 10_000)).toEqual(expired);
});

test('does not take an altered token for the one that it keeps', () => {
  const verify = createTokenVerifier(keys);
  verify(token, NOW_MS);
  const altered = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`;
  expect(verify(altered, NOW_MS)).toMatchObject({ ok: false });
  expect(verify(`${token}A`, NOW_MS)).toMatchObject({ ok: false });
});

test('goes on verifying when it keeps as many as it may', () => {
  const verify = createTokenVerifier(keys, 2);
  const tokens = ['dev_001', 'dev_002', 'dev_003'].map((deviceName) =>
    issueToken({ ...claims, deviceName }, keys),
  );
  for (const each of [...tokens, ...tokens]) {
    expect(verify(each, NOW_MS)).toMatchObject({ ok: true });
  }
});
