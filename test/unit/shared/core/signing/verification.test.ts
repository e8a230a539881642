import { describe, expect, test } from 'vitest';
import { hmac } from '../../../../../shared/core/signing/hmac.ts';
import type { SignMethod } from '../../../../../shared/core/signing/sign-method.ts';
import { type Claim, verifyClaim } from '../../../../../shared/core/signing/verification.ts';

const SECRET = 'ds0123456789abcdef';
const ALTERNATIVES = [
  { variant: 'without-timestamp', content: 'second' },
  { variant: 'whole-client-id', content: 'third' },
] as const;

function sign(method: SignMethod, content: string, secret = SECRET) {
  return hmac(method, secret, content).toString('hex');
}

function claim(changes: Partial<Claim> = {}): Claim {
  return {
    sign: sign('hmacsha1', 'first'),
    method: 'hmacsha1',
    content: 'first',
    alternatives: () => ALTERNATIVES,
    ...changes,
  };
}

describe('a claim holds', () => {
  test('over its documented content', () => {
    expect(verifyClaim(claim(), SECRET)).toEqual({
      ok: true,
      variant: 'submitted',
      method: 'hmacsha1',
    });
  });

  test('without asking for alternatives', () => {
    const alternatives = () => {
      throw new Error('the alternatives were asked for');
    };
    expect(verifyClaim(claim({ alternatives }), SECRET).ok).toBe(true);
  });

  for (const { variant, content } of ALTERNATIVES) {
    test(`over the ${variant} content`, () => {
      expect(verifyClaim(claim({ sign: sign('hmacsha1', content) }), SECRET)).toEqual({
        ok: true,
        variant,
        method: 'hmacsha1',
      });
    });
  }
});

describe('a claim fails', () => {
  const FAILURES: readonly (readonly [string, Partial<Claim>, string])[] = [
    [
      'an unknown method',
      { method: undefined },
      'signmethod is none of hmacmd5, hmacsha1, hmacsha256',
    ],
    ['a sign that is not hex', { sign: 'z'.repeat(40) }, 'sign is not hexadecimal'],
    ['an empty sign', { sign: '' }, 'sign is not hexadecimal'],
    ['a sign cut short', { sign: 'ab'.repeat(19) }, 'sign has 38 hex digits, as no method gives'],
    [
      'a sign as long as another method makes it',
      { sign: 'ab'.repeat(32) },
      'sign is as long as hmacsha256 makes it, not hmacsha1',
    ],
    [
      'a sign by another method',
      { sign: sign('hmacmd5', 'first') },
      'sign is right for hmacmd5 (submitted), but hmacsha1 was declared or implied',
    ],
    [
      'a sign by another method over other content',
      { sign: sign('hmacmd5', 'third') },
      'sign is right for hmacmd5 (whole-client-id), but hmacsha1 was declared or implied',
    ],
    [
      'other content',
      { sign: sign('hmacsha1', 'fourth') },
      'sign is hmacsha1 over other content or with another key',
    ],
    [
      'another key',
      { sign: sign('hmacsha1', 'first', 'another') },
      'sign is hmacsha1 over other content or with another key',
    ],
  ];

  for (const [name, changes, reason] of FAILURES) {
    test(`for ${name}, with the reason and the string to sign`, () => {
      const verification = verifyClaim(claim(changes), SECRET);
      expect(verification).toEqual({ ok: false, reason, stringToSign: 'first' });
    });
  }
});
