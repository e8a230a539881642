import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { equalsBase64, equalsHex, hmac, isHex } from '../../../../../shared/core/signing/hmac.ts';
import { parseSignMethod } from '../../../../../shared/core/signing/sign-method.ts';
import { deviceVectors } from '../../../../support/signing-vectors.ts';

for (const { name, algorithm, key, content, expected } of deviceVectors) {
  test(`vector: ${name}`, () => {
    const method = parseSignMethod(algorithm);
    if (method === undefined) throw new Error(`unknown algorithm ${algorithm}`);
    expect(hmac(method, key, content).toString('hex')).toBe(expected.toLowerCase());
  });
}

describe('hmac', () => {
  // RFC 2202 (md5, sha1) and RFC 4231 (sha256), test case 2.
  const RFC = [
    ['hmacmd5', '750c783e6ab0b503eaa86e310a5db738'],
    ['hmacsha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    ['hmacsha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
  ] as const;
  for (const [method, expected] of RFC) {
    test(`${method} agrees with its RFC`, () => {
      expect(hmac(method, 'Jefe', 'what do ya want for nothing?').toString('hex')).toBe(expected);
    });
  }

  test('reads key and content as UTF-8', () => {
    expect(hmac('hmacmd5', 'clé', '水表').toString('hex')).toBe('4cd1dcc442895bf50bab7fe3e8e2d5ce');
  });

  test('throws on an empty key', () => {
    expect(() => hmac('hmacsha1', '', 'content')).toThrow(
      new TypeError('the key of a signature is empty'),
    );
  });
});

describe('equalsHex', () => {
  const digest = Buffer.from('00ff10ab', 'hex');

  for (const hex of ['00ff10ab', '00FF10AB', '00Ff10aB']) {
    test(`${hex} spells the digest`, () => {
      expect(equalsHex(digest, hex)).toBe(true);
    });
  }

  const WRONG = [
    '',
    '00ff10ac',
    '01ff10ab',
    '00ff10a',
    '00ff10',
    '00ff10ab0',
    '00ff10abab',
    '00ff10ag',
    ' 0ff10ab',
    '0xff10ab',
    '00ff10ab\n',
    // Buffer.from reads U+0130 as 0.
    '\u01300ff10ab',
  ];
  for (const hex of WRONG) {
    test(`${JSON.stringify(hex)} does not`, () => {
      expect(equalsHex(digest, hex)).toBe(false);
    });
  }
});

test('isHex wants at least one digit', () => {
  expect(isHex('')).toBe(false);
});

describe('equalsBase64', () => {
  const digest = Buffer.from([0xfb, 0xff, 0x01]);

  test('accepts the canonical spelling', () => {
    expect(equalsBase64(digest, '+/8B')).toBe(true);
  });

  for (const base64 of ['', '+/8C', ' /8B', '-_8B', '+/8B=', '+/8', '+/8B\n', '\u012b/8B']) {
    test(`refuses ${JSON.stringify(base64)}`, () => {
      expect(equalsBase64(digest, base64)).toBe(false);
    });
  }

  test('refuses other bits in the padding', () => {
    expect(equalsBase64(Buffer.from([0xfb]), '+w==')).toBe(true);
    expect(equalsBase64(Buffer.from([0xfb]), '+x==')).toBe(false);
  });
});
