import { describe, expect, test } from 'vitest';
import { explainSign } from '../../../../../shared/core/signing/explain-sign.ts';
import { deviceVector } from '../../../../support/signing-vectors.ts';

const DEVICE = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  deviceSecret: 'ds0123456789abcdef',
  clientId: 'a1TestProd01.dev_001',
};
const CONTENT = 'clientIda1TestProd01.dev_001deviceNamedev_001productKeya1TestProd01';
const MD5 = deviceVector('HTTP /auth without timestamp, md5').expected;

test('a bare client id is signed with hmacmd5 and given the MQTT form', () => {
  expect(explainSign(DEVICE)).toEqual({
    ok: true,
    value: {
      content: CONTENT,
      method: 'hmacmd5',
      sign: MD5,
      mqtt: {
        clientId: 'a1TestProd01.dev_001|securemode=3,signmethod=hmacmd5|',
        username: 'dev_001&a1TestProd01',
      },
    },
  });
});

test('timestamp and method take part', () => {
  const question = { ...DEVICE, timestamp: '2524608000000', signMethod: 'HmacSHA256' };
  expect(explainSign(question)).toMatchObject({
    value: {
      content: `${CONTENT}timestamp2524608000000`,
      method: 'hmacsha256',
      sign: deviceVector('MQTT with the constant timestamp of the C SDK').expected,
      mqtt: {
        clientId:
          'a1TestProd01.dev_001|securemode=3,signmethod=hmacsha256,timestamp=2524608000000|',
      },
    },
  });
});

test('a whole client id says timestamp and method itself', () => {
  const {
    clientId = '',
    content,
    expected,
  } = deviceVector('MQTT with the constant timestamp of the C SDK');
  expect(explainSign({ ...DEVICE, clientId })).toMatchObject({
    value: { content, method: 'hmacsha256', sign: expected, mqtt: { clientId } },
  });
});

describe('a given signature is explained', () => {
  const explain = (changes: object) => {
    const result = explainSign({ ...DEVICE, ...changes });
    return result.ok ? result.value.verification : result;
  };

  test('a right one', () => {
    expect(explain({ sign: MD5.toUpperCase() })).toEqual({
      ok: true,
      variant: 'submitted',
      method: 'hmacmd5',
    });
  });

  test('a variant of HTTP', () => {
    expect(explain({ sign: MD5, timestamp: '1700000000000' })).toMatchObject({
      ok: true,
      variant: 'without-timestamp',
    });
  });

  test('a variant of MQTT', () => {
    const vector = deviceVector(
      'MQTT with regionId among the signed fields, as aliyun-iot-mqtt sends',
    );
    expect(explain({ clientId: vector.clientId, sign: vector.expected })).toMatchObject({
      ok: true,
      variant: 'with-region-id',
    });
  });

  test('one by another method', () => {
    expect(explain({ sign: MD5, signMethod: 'hmacsha1' })).toEqual({
      ok: false,
      reason: 'sign is right for hmacmd5 (submitted), but hmacsha1 was declared or implied',
      stringToSign: CONTENT,
    });
  });
});

test('a username is checked', () => {
  const right = explainSign({ ...DEVICE, username: 'dev_001&a1TestProd01' });
  const swapped = explainSign({ ...DEVICE, username: 'a1TestProd01&dev_001' });
  expect(right).toMatchObject({ value: { usernameIsRight: true } });
  expect(swapped).toMatchObject({ value: { usernameIsRight: false } });
});

test('the secret is nowhere in the explanation', () => {
  const question = { ...DEVICE, sign: 'ab', username: 'x', timestamp: '1' };
  expect(JSON.stringify(explainSign(question))).not.toContain(DEVICE.deviceSecret);
});

describe('a question is refused', () => {
  const whole = 'c01|signmethod=hmacsha1|';
  const REFUSED = [
    [{ deviceSecret: '' }, 'deviceSecret', 'it is empty'],
    [{ signMethod: 'sha1' }, 'signMethod', 'not one of hmacmd5, hmacsha1, hmacsha256'],
    [{ clientId: 'c01|signmethod=x|' }, 'signMethod', 'not one of hmacmd5, hmacsha1, hmacsha256'],
    [{ clientId: whole, timestamp: '1' }, 'timestamp', 'a whole client id says its own'],
    [{ clientId: whole, signMethod: 'hmacmd5' }, 'signMethod', 'a whole client id says its own'],
  ] as const;

  for (const [changes, parameter, reason] of REFUSED) {
    test(`${JSON.stringify(changes)}: ${parameter}, ${reason}`, () => {
      expect(explainSign({ ...DEVICE, ...changes })).toEqual({
        ok: false,
        failure: { kind: 'invalid-parameter', parameter, reason },
      });
    });
  }

  test('for an empty client id', () => {
    expect(explainSign({ ...DEVICE, clientId: '' })).toEqual({
      ok: false,
      failure: { kind: 'malformed-request', reason: 'the client id is empty' },
    });
  });
});
