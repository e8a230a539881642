import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifySubDeviceSign } from '../../../../../shared/core/signing/sub-device-sign.ts';

const SECRET = 'secret-of-dev-001';
const NAMES = { deviceName: 'testname', productKey: 'testkey' };
const FIELDS = { ...NAMES, clientId: '123', timestamp: '1524448722000' };
const CONTENT = 'clientId123deviceNametestnameproductKeytestkeytimestamp1524448722000';

const hmac = (digest: string, content = CONTENT) =>
  createHmac(digest, SECRET).update(content).digest('hex');

test.each([
  ['of the documented sample, without a method', { sign: hmac('md5') }],
  ['with signmethod', { signmethod: 'hmacSha1', sign: hmac('sha1') }],
  ['with signMethod, as the Node SDK', { signMethod: 'hmacsha1', sign: hmac('sha1') }],
  [
    'with hmacSha256, in capitals',
    { signmethod: 'hmacSha256', sign: hmac('sha256').toUpperCase() },
  ],
  ['with Sha256', { signmethod: 'Sha256', sign: hmac('sha256') }],
  ['that leaves out what is not documented', { cleanSession: 'true', sign: hmac('md5') }],
  [
    'over all that is sent',
    { cleanSession: 'true', sign: hmac('md5', `cleanSessiontrue${CONTENT}`) },
  ],
])('a sign %s is taken', (_, fields) => {
  expect(verifySubDeviceSign({ ...FIELDS, ...fields }, SECRET)).toMatchObject({ ok: true });
});

test('a sign without clientId and timestamp is taken', () => {
  const sign = hmac('sha1', 'deviceNametestnameproductKeytestkey');
  expect(verifySubDeviceSign({ ...NAMES, signmethod: 'hmacSha1', sign }, SECRET)).toMatchObject({
    ok: true,
  });
});

test.each([
  ['of another secret', { sign: createHmac('md5', 'x').update(CONTENT).digest('hex') }],
  ['of another method', { signmethod: 'hmacSha1', sign: hmac('sha256') }],
  ['of an unknown method', { signmethod: 'sm3', sign: hmac('md5') }],
  ['over another name', { deviceName: 'dev_002', sign: hmac('md5') }],
  ['that is empty', { sign: '' }],
])('a sign %s is not', (_, fields) => {
  const verified = verifySubDeviceSign({ ...FIELDS, ...fields }, SECRET);
  expect(verified.ok).toBe(false);
  expect(JSON.stringify(verified)).not.toContain(SECRET);
});
