import { beforeEach, describe, expect, test } from 'vitest';
import { disableDevice, resetDevice } from '../../../../../shared/core/devices/change-device.ts';
import { connackCodeOf } from '../../../../../shared/core/mqtt/connection.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import {
  type Credentials,
  dynamicConnect,
  issuedBy,
  type MqttSignIn,
  openMqttSignIn,
  pushOf,
  refusalOf,
  registeringConnect,
  signedConnect,
} from '../../../../support/mqtt-sign-in.ts';
import { deviceVectors } from '../../../../support/signing-vectors.ts';
import { accepted } from '../../../../support/test-device.ts';

let suite: MqttSignIn;

beforeEach(async () => {
  suite = await openMqttSignIn();
  await suite.switchTo({ dynamicRegistration: true });
});

const registering = (options: Parameters<typeof registeringConnect>[2] = {}) =>
  registeringConnect(suite.device, suite.productSecret, options);

const newcomer = (deviceName: string) =>
  registeringConnect({ productKey: suite.productKey, deviceName }, suite.productSecret, {
    authType: 'regnwl',
  });

describe.each(['register', 'regnwl'])('a connection with authType=%s', (authType) => {
  const refused = async (connect: Credentials, changes: { isPrivate?: boolean } = {}) =>
    refusalOf(await suite.connect({ ...connect, ...changes }));

  test('needs TLS, or has to come from this machine', async () => {
    const failure = await refused(registering({ authType }), { isPrivate: false });
    expect(failure.kind).toBe('transport-refused');
    expect(connackCodeOf(failure)).toBe(2);
  });

  test.each(['2', '-2'])('may have securemode %s', async (securemode) => {
    accepted(await suite.connect(registering({ authType, securemode })));
  });

  test.each(['hmacmd5', 'hmacsha1', 'hmacsha256'])('may be signed with %s', async (signmethod) => {
    accepted(await suite.connect(registering({ authType, signmethod })));
  });

  test('needs a random', async () => {
    const { clientId, ...rest } = registering({ authType });
    const failure = await refused({ clientId: clientId.replace('random=r1,', ''), ...rest });
    expect(failure.kind).toBe('malformed-request');
  });

  test('needs the switch of the product', async () => {
    await suite.switchTo({ dynamicRegistration: false });
    const failure = await refused(registering({ authType }));
    expect(failure.kind).toBe('dynamic-registration-off');
    expect(connackCodeOf(failure)).toBe(4);
  });

  test('needs the secret of the product', async () => {
    const { deviceSecret } = suite.device;
    const failure = await refused(registeringConnect(suite.device, deviceSecret, { authType }));
    expect(failure.kind).toBe('signature-mismatch');
    expect(connackCodeOf(failure)).toBe(4);
  });

  test('tells who does not have it nothing of the device', async () => {
    const guess = (deviceName: string) =>
      registeringConnect({ ...suite.device, deviceName }, 'guess', { authType });
    const known = await refused(guess('dev_001'));
    const unknown = await refused(guess('dev_404'));
    expect(unknown.kind).toBe(known.kind);
  });

  test('is refused for a product that is not there', async () => {
    const device = { productKey: 'a1Nowhere00', deviceName: 'dev_001' };
    const failure = await refused(registeringConnect(device, 'guess', { authType }));
    expect(failure.kind).toBe('unknown-product');
  });

  test('is refused for a disabled device', async () => {
    await disableDevice(suite.device, suite.parts);
    expect((await refused(registering({ authType }))).kind).toBe('device-disabled');
  });

  test('is refused for a device that has signed in with its secret, until it is reset', async () => {
    accepted(await suite.connect(signedConnect(suite.device)));
    const failure = await refused(registering({ authType }));
    expect(failure.kind).toBe('device-activated');
    expect(connackCodeOf(failure)).toBe(4);
    await resetDevice(suite.device, suite.parts);
    accepted(await suite.connect(registering({ authType })));
  });

  test('is refused behind a broker that cannot push, and leaves nothing behind', async () => {
    const hooked = await openMqttSignIn({ canPush: false });
    await hooked.switchTo({ dynamicRegistration: true });
    const connect = registeringConnect(
      { productKey: hooked.productKey, deviceName: 'dev_new' },
      hooked.productSecret,
      { authType },
    );
    const failure = refusalOf(await hooked.connect(connect));
    expect(failure).toEqual({
      kind: 'login-unsupported',
      reason: expect.stringContaining('/auth/register/device'),
    });
    expect(await hooked.stored('dev_new')).toBeUndefined();
  });

  test('counts as a connect of product and name', async () => {
    suite = await openMqttSignIn({ connectsPerMinute: 2 });
    await suite.switchTo({ dynamicRegistration: true });
    for (const random of ['1', '2'])
      accepted(await suite.connect(registering({ authType, random })));
    expect((await refused(registering({ authType }))).kind).toBe('connect-rate-exceeded');
  });
});

describe('register', () => {
  test('pushes the secret of the device, the same one every time', async () => {
    const { productKey, deviceName, deviceSecret } = suite.device;
    const payload = `{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"${deviceSecret}"}`;
    const first = await suite.connect(registering());
    expect(accepted(first)).toEqual({
      kind: 'registration',
      productKey,
      deviceName,
      push: { topic: '/ext/register', payload },
    });
    expect(pushOf(await suite.connect(registering({ random: 'r2' })))).toEqual(pushOf(first));
    expect(await suite.stored()).toMatchObject({ status: 'UNACTIVE' });
  });

  test('refuses a name that nobody registered, and registers none', async () => {
    const unknown = { productKey: suite.productKey, deviceName: 'dev_404' };
    const connect = registeringConnect(unknown, suite.productSecret);
    expect(refusalOf(await suite.connect(connect))).toEqual({ kind: 'unknown-device', ...unknown });
    expect(await suite.stored('dev_404')).toBeUndefined();
  });

  test('takes the signature vectors of dynamic registration', async () => {
    const vectors = deviceVectors.filter(({ name }) => name.includes('MQTT dynamic registration'));
    expect(vectors).toHaveLength(3);
    for (const { algorithm, expected, key } of vectors) {
      const device = { productKey: 'a1TestProd01', deviceName: 'dev_001' };
      const options = { signmethod: algorithm, random: '8Ygb7ULYh53B6OA' };
      expect(registeringConnect(device, key, options).password).toBe(expected);
    }
  });
});

describe('regnwl', () => {
  test('registers the device and gives it a client id and a token', async () => {
    const push = pushOf(await suite.connect(newcomer('dev_new')));
    expect(push.topic).toBe('/ext/regnwl');
    const [, clientId, deviceToken] =
      /^\{"productKey":"\w+","deviceName":"dev_new","clientId":"([0-9a-f]{32})","deviceToken":"(\w{32})"\}$/.exec(
        push.payload,
      ) ?? [];
    expect(await suite.stored('dev_new')).toMatchObject({ status: 'UNACTIVE' });
    expect(await countDevicesOf(suite.productKey, suite.parts.store)).toBe(2);
    const issued = { clientId: clientId ?? '', deviceToken: deviceToken ?? '' };
    const named = { productKey: suite.productKey, deviceName: 'dev_new' };
    const connected = accepted(await suite.connect(dynamicConnect(named, issued)));
    expect(connected).toMatchObject({ kind: 'device', device: { ...named, status: 'ACTIVE' } });
  });

  test('keeps no token', async () => {
    const { clientId, deviceToken } = issuedBy(await suite.connect(newcomer('dev_new')));
    const { iotId = '' } = (await suite.stored('dev_new')) ?? {};
    const { records } = await suite.parts.store.table('dynamic_clients').list(iotId, { limit: 9 });
    expect(records.map(({ sort }) => sort)).toEqual([clientId]);
    expect(JSON.stringify(records)).not.toContain(deviceToken);
  });

  test('gives at most five client ids, each with a token of its own', async () => {
    const issued = [];
    for (let time = 0; time < 5; time += 1)
      issued.push(issuedBy(await suite.connect(newcomer('dev_new'))));
    expect(new Set(issued.map(({ clientId }) => clientId)).size).toBe(5);
    expect(new Set(issued.map(({ deviceToken }) => deviceToken)).size).toBe(5);
    const failure = refusalOf(await suite.connect(newcomer('dev_new')));
    expect(failure).toEqual({ kind: 'dynamic-client-limit', most: 5 });
    expect(connackCodeOf(failure)).toBe(3);
    const named = { productKey: suite.productKey, deviceName: 'dev_new' };
    for (const one of issued) accepted(await suite.connect(dynamicConnect(named, one)));
  });

  test('gives at most five of them also to many at once, and registers the device once', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => suite.connect(newcomer('dev_new'))),
    );
    const issued = results.filter((result) => result.ok).map(issuedBy);
    expect(new Set(issued.map(({ clientId }) => clientId)).size).toBe(5);
    expect(issued).toHaveLength(5);
    expect(await countDevicesOf(suite.productKey, suite.parts.store)).toBe(2);
  });

  test('gives a second physical device its own where the first is in use', async () => {
    const named = { productKey: suite.productKey, deviceName: 'dev_new' };
    const first = issuedBy(await suite.connect(newcomer('dev_new')));
    accepted(await suite.connect(dynamicConnect(named, first)));
    const second = issuedBy(await suite.connect(newcomer('dev_new')));
    accepted(await suite.connect(dynamicConnect(named, second)));
    accepted(await suite.connect(dynamicConnect(named, first)));
  });

  test('refuses a name that no device can have', async () => {
    const failure = refusalOf(await suite.connect(newcomer('a/b')));
    expect(failure.kind).toBe('invalid-parameter');
    expect(connackCodeOf(failure)).toBe(2);
  });
});

describe('connwl', () => {
  let named: { productKey: string; deviceName: string };

  beforeEach(() => {
    named = { productKey: suite.productKey, deviceName: 'dev_new' };
  });

  test('refuses the token of another client id, a client id that was never given, and no token', async () => {
    const first = issuedBy(await suite.connect(newcomer('dev_new')));
    const second = issuedBy(await suite.connect(newcomer('dev_new')));
    for (const wrong of [
      { clientId: first.clientId, deviceToken: second.deviceToken },
      { clientId: 'f'.repeat(32), deviceToken: first.deviceToken },
      { clientId: 'client-1', deviceToken: first.deviceToken },
      { clientId: first.clientId, deviceToken: '' },
    ]) {
      const failure = refusalOf(await suite.connect(dynamicConnect(named, wrong)));
      expect(failure.kind).toBe('signature-mismatch');
      expect(JSON.stringify(failure)).not.toContain(first.deviceToken);
      suite.parts.clock.advance(60_000);
    }
  });

  test('refuses the token of another device', async () => {
    const issued = issuedBy(await suite.connect(newcomer('dev_new')));
    const failure = refusalOf(await suite.connect(dynamicConnect(suite.device, issued)));
    expect(failure.kind).toBe('signature-mismatch');
  });

  test('goes on while the switch of the product is off', async () => {
    const issued = issuedBy(await suite.connect(newcomer('dev_new')));
    await suite.switchTo({ dynamicRegistration: false });
    accepted(await suite.connect(dynamicConnect(named, issued)));
  });

  test('is refused for a disabled device', async () => {
    const issued = issuedBy(await suite.connect(newcomer('dev_new')));
    accepted(await disableDevice(named, suite.parts));
    expect(refusalOf(await suite.connect(dynamicConnect(named, issued))).kind).toBe(
      'device-disabled',
    );
  });
});
