import { describe, expect, test } from 'vitest';
import { hmac } from '../../../../../shared/core/signing/hmac.ts';
import {
  httpSign,
  httpSignContent,
  verifyHttpSign,
} from '../../../../../shared/core/signing/http-sign.ts';
import { deviceVector } from '../../../../support/signing-vectors.ts';

const SECRET = 'ds0123456789abcdef';
const IDENTITY = {
  clientId: 'a1TestProd01.dev_001',
  deviceName: 'dev_001',
  productKey: 'a1TestProd01',
};
const TIMESTAMP = '1700000000000';

function md5(content: string) {
  return hmac('hmacmd5', SECRET, content).toString('hex');
}

describe('real clients sign in', () => {
  const IKE = {
    ...IDENTITY,
    signmethod: 'hmacsha1',
    version: 'default',
    sign: deviceVector('HTTP /auth without timestamp, sha1').expected,
  };
  const LINK_SDK_4 = {
    clientId: IDENTITY.clientId,
    signmethod: 'hmacsha256',
    deviceName: IDENTITY.deviceName,
    productKey: IDENTITY.productKey,
    sign: deviceVector('HTTP /auth without timestamp, sha256').expected.toUpperCase(),
  };
  const NO_METHOD = {
    ...IDENTITY,
    sign: deviceVector('HTTP /auth without timestamp, md5').expected,
  };
  const CLIENTS = [
    ['iotkit-embedded 3', IKE, 'hmacsha1'],
    ['Link SDK 4, in upper-case hex', LINK_SDK_4, 'hmacsha256'],
    ['a client that names no method', NO_METHOD, 'hmacmd5'],
  ] as const;

  for (const [name, fields, method] of CLIENTS) {
    test(name, () => {
      expect(verifyHttpSign(fields, SECRET)).toEqual({ ok: true, variant: 'submitted', method });
    });
  }
});

describe('what is signed', () => {
  const CONTENTS = [
    ['the timestamp', { timestamp: TIMESTAMP }, `timestamp${TIMESTAMP}`],
    ['a field of the client’s own, in its place', { region: 'x' }, 'regionx'],
    ['an empty timestamp', { timestamp: '' }, 'timestamp'],
    ['no version', { version: 'default' }, ''],
    ['no method', { signmethod: 'hmacsha1' }, ''],
    ['no sign', { sign: 'ab' }, ''],
    ['no resources', { resources: 'mqtt' }, ''],
    ['no version beside a field of its own', { version: 'default', zone: '1' }, 'zone1'],
  ] as const;

  for (const [name, extra, tail] of CONTENTS) {
    test(name, () => {
      expect(httpSignContent({ ...extra, ...IDENTITY })).toBe(
        `clientIda1TestProd01.dev_001deviceNamedev_001productKeya1TestProd01${tail}`,
      );
    });
  }

  test('fields are in ASCII order whatever the order of submission', () => {
    const fields = {
      timestamp: TIMESTAMP,
      productKey: 'p',
      Zone: '1',
      deviceName: 'd',
      clientId: 'c',
    };
    expect(httpSignContent(fields)).toBe(
      `Zone1clientIdcdeviceNamedproductKeyptimestamp${TIMESTAMP}`,
    );
  });
});

test('a sign that leaves the submitted timestamp out is accepted, and the variant says so', () => {
  const fields = { ...IDENTITY, timestamp: TIMESTAMP, sign: httpSign(IDENTITY, 'hmacmd5', SECRET) };
  expect(verifyHttpSign(fields, SECRET)).toEqual({
    ok: true,
    variant: 'without-timestamp',
    method: 'hmacmd5',
  });
});

test('a sign with a timestamp that was not submitted is refused', () => {
  const fields = { ...IDENTITY, sign: md5(`${httpSignContent(IDENTITY)}timestamp${TIMESTAMP}`) };
  expect(verifyHttpSign(fields, SECRET).ok).toBe(false);
});

describe('one changed field is refused', () => {
  const sign = httpSign({ ...IDENTITY, timestamp: TIMESTAMP }, 'hmacmd5', SECRET);
  const fields = { ...IDENTITY, timestamp: TIMESTAMP, sign };
  const CHANGES = [
    { clientId: 'c02' },
    { deviceName: 'dev_002' },
    { productKey: 'a1TestProd02' },
    { timestamp: '1700000000001' },
    { region: 'x' },
  ];

  test('(the baseline holds)', () => {
    expect(verifyHttpSign(fields, SECRET).ok).toBe(true);
  });

  for (const change of CHANGES) {
    test(`${JSON.stringify(change)}`, () => {
      const changed = { ...fields, ...change };
      expect(verifyHttpSign(changed, SECRET)).toEqual({
        ok: false,
        reason: 'sign is hmacmd5 over other content or with another key',
        stringToSign: httpSignContent(changed),
      });
    });
  }

  test('an unknown signmethod', () => {
    expect(verifyHttpSign({ ...fields, signmethod: 'sha1' }, SECRET)).toMatchObject({
      ok: false,
      reason: 'signmethod is none of hmacmd5, hmacsha1, hmacsha256',
    });
  });

  test('neither secret nor sign is in what a mismatch says', () => {
    const text = JSON.stringify(verifyHttpSign({ ...fields, clientId: 'c02' }, SECRET));
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(sign);
  });
});
