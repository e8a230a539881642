import { describe, expect, test } from 'vitest';
import {
  registerSign,
  verifyRegisterSign,
} from '../../../../../shared/core/signing/register-sign.ts';
import { deviceVector } from '../../../../support/signing-vectors.ts';

const SECRET = 'ps0123456789abcdef';
const FIELDS = { deviceName: 'dev_001', productKey: 'a1TestProd01', random: '8Ygb7ULYh53B6OA' };

const METHODS = [
  ['hmacmd5', 'HTTP and MQTT dynamic registration, md5'],
  ['hmacsha1', 'HTTP and MQTT dynamic registration, sha1'],
  ['hmacsha256', 'HTTP and MQTT dynamic registration, sha256'],
] as const;

for (const [method, vectorName] of METHODS) {
  test(`a registration is signed with ${method}`, () => {
    expect(registerSign(FIELDS, method, SECRET)).toBe(deviceVector(vectorName).expected);
  });

  test(`a registration signed with ${method} is verified`, () => {
    const sign = deviceVector(vectorName).expected.toUpperCase();
    expect(verifyRegisterSign({ ...FIELDS, sign, signMethod: method }, SECRET)).toEqual({
      ok: true,
      variant: 'submitted',
      method,
    });
  });
}

describe('one changed field is refused', () => {
  const sign = registerSign(FIELDS, 'hmacmd5', SECRET);

  for (const change of [{ deviceName: 'dev_002' }, { productKey: 'a1' }, { random: '1' }]) {
    test(JSON.stringify(change), () => {
      const { deviceName, productKey, random } = { ...FIELDS, ...change };
      expect(verifyRegisterSign({ deviceName, productKey, random, sign }, SECRET)).toEqual({
        ok: false,
        reason: 'sign is hmacmd5 over other content or with another key',
        stringToSign: `deviceName${deviceName}productKey${productKey}random${random}`,
      });
    });
  }

  test('an unknown method', () => {
    expect(verifyRegisterSign({ ...FIELDS, sign, signMethod: 'sha256' }, SECRET)).toMatchObject({
      ok: false,
      reason: 'signmethod is none of hmacmd5, hmacsha1, hmacsha256',
    });
  });
});
