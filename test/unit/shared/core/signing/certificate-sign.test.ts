import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  isUnambiguous,
  verifyCertificateSign,
} from '../../../../../shared/core/signing/certificate-sign.ts';

const SECRET = 'ps0123456789abcdef';
const FIELDS = { deviceId: 'SN-0001', random: '8Ygb7ULYh53B6OA' };

/** Content and digest are written out here, apart from the code under test. */
const signed = (digest: string, content: string) =>
  createHmac(digest, SECRET).update(content).digest('hex');

const CONTENTS = [
  [{}, 'deviceIdSN-0001random8Ygb7ULYh53B6OA'],
  [{ timestamp: '1700000000000' }, 'deviceIdSN-0001random8Ygb7ULYh53B6OAtimestamp1700000000000'],
  [{ productKey: 'a1abc' }, 'deviceIdSN-0001productKeya1abcrandom8Ygb7ULYh53B6OA'],
  [
    { productKey: 'a1abc', timestamp: '1' },
    'deviceIdSN-0001productKeya1abcrandom8Ygb7ULYh53B6OAtimestamp1',
  ],
] as const;

describe('a certificate request', () => {
  test.each(CONTENTS)('with %j is signed over its fields by name', (extra, content) => {
    const sign = signed('sha256', content).toUpperCase();
    expect(verifyCertificateSign({ ...FIELDS, ...extra, sign }, SECRET)).toMatchObject({
      ok: true,
      method: 'hmacsha256',
    });
  });

  test.each([
    ['hmacmd5', 'md5'],
    ['HmacSHA1', 'sha1'],
    ['HMACSHA256', 'sha256'],
  ])('may be signed with %s', (signMethod, digest) => {
    const sign = signed(digest, CONTENTS[0][1]);
    expect(verifyCertificateSign({ ...FIELDS, sign, signMethod }, SECRET).ok).toBe(true);
  });

  test('has a fixed vector, made with openssl', () => {
    const sign = 'b19399bb8106e9b5d4c3f8f8a8753ef5ce390ed62fe59a1e666bdfa6395f95c0';
    expect(verifyCertificateSign({ ...FIELDS, sign }, SECRET).ok).toBe(true);
  });

  test.each([{ deviceId: 'SN-0002' }, { random: 'r' }, { timestamp: '1' }, { productKey: 'a1' }])(
    'is refused with %j changed after it was signed',
    (change) => {
      const sign = signed('sha256', CONTENTS[0][1]);
      expect(verifyCertificateSign({ ...FIELDS, ...change, sign }, SECRET)).toMatchObject({
        ok: false,
        reason: 'sign is hmacsha256 over other content or with another key',
      });
    },
  );
});

describe('a content that can be read in two ways', () => {
  test.each([
    { deviceId: 'SN-1', random: '1timestamp2' },
    { deviceId: 'SN-1randomx', random: 'r' },
    { deviceId: 'SN-1productKeya1', random: 'r' },
    { deviceId: 'SN-1timestamp1', random: 'r' },
    { deviceId: 'SN-1', productKey: 'a1randomx', random: 'r' },
    { deviceId: 'SN-1', productKey: 'a1timestamp1', random: 'r' },
  ])('is told: %j', (fields) => {
    expect(isUnambiguous(fields)).toBe(false);
  });

  test('is none of a usual request, nor of one whose random has the name of a field before it', () => {
    expect(isUnambiguous({ ...FIELDS, productKey: 'a1abc', timestamp: '1' })).toBe(true);
    expect(isUnambiguous({ ...FIELDS, random: 'random-1productKey' })).toBe(true);
  });
});
