import { beforeEach, describe, expect, test } from 'vitest';
import { deleteDevice, disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { addDevices, makeDevice } from '../../../../../shared/core/devices/register-device.ts';
import { interceptStore, type Step } from '../../../../support/intercepted-store.ts';
import {
  type MqttSignIn,
  openMqttSignIn,
  refusalOf,
  signedConnect,
} from '../../../../support/mqtt-sign-in.ts';
import { deviceVector } from '../../../../support/signing-vectors.ts';
import { accepted, registerTestDevice } from '../../../../support/test-device.ts';

let suite: MqttSignIn;

beforeEach(async () => {
  suite = await openMqttSignIn();
});

describe('a device that signs with its own secret', () => {
  test.each(['hmacmd5', 'hmacsha1', 'hmacsha256'])('comes in with %s', async (method) => {
    const parameters = `securemode=3,signmethod=${method},timestamp=2524608000000`;
    const connected = accepted(await suite.connect(signedConnect(suite.device, { parameters })));
    expect(connected).toMatchObject({
      kind: 'device',
      device: { productKey: suite.productKey, deviceName: 'dev_001', status: 'ACTIVE' },
      variant: 'submitted',
    });
  });

  test('is activated by its first sign-in and not touched by the next', async () => {
    expect(await suite.stored()).toMatchObject({ status: 'UNACTIVE', activatedAtMs: null });
    accepted(await suite.connect(signedConnect(suite.device)));
    const activated = await suite.stored();
    expect(activated).toMatchObject({ status: 'ACTIVE', activatedAtMs: suite.parts.nowMs() });
    suite.parts.clock.advance(1000);
    accepted(await suite.connect(signedConnect(suite.device)));
    expect(await suite.stored()).toEqual(activated);
  });

  test('costs one read once it is active', async () => {
    const steps: Step[] = [];
    const watched = await openMqttSignIn({
      watched: (store) =>
        interceptStore(store, (step) => {
          steps.push(step);
        }),
    });
    accepted(await watched.connect(signedConnect(watched.device)));
    steps.length = 0;
    accepted(await watched.connect(signedConnect(watched.device)));
    expect(steps.map(({ table, verb }) => `${verb} ${table}`)).toEqual(['read devices']);
  });

  test('is told by its variant where it signs otherwise', async () => {
    const vector = deviceVector('MQTT, third-party gateway signing the whole client id');
    const { clientId = '', username = '', expected: password } = vector;
    const [deviceName = '', productKey = ''] = username.split('&');
    await addVectorDevice({ productKey, deviceName, deviceSecret: vector.key });
    const connected = await suite.connect({ clientId, username, password });
    expect(accepted(connected)).toMatchObject({ kind: 'device', variant: 'whole-client-id' });
    const usual = deviceVector('MQTT, the same device signing the bare client id, as Link SDKs do');
    const next = await suite.connect({ clientId, username, password: usual.expected });
    expect(accepted(next)).toMatchObject({ kind: 'device', variant: 'submitted' });
  });

  async function addVectorDevice(device: {
    productKey: string;
    deviceName: string;
    deviceSecret: string;
  }) {
    const made = accepted(makeDevice(device, suite.parts));
    await addDevices([made.device], suite.parts.store);
  }
});

describe('the client id says what the device wants besides', () => {
  const extensions = async (ext: string) => {
    const parameters = `securemode=3,signmethod=hmacsha1${ext}`;
    const connected = accepted(await suite.connect(signedConnect(suite.device, { parameters })));
    if (connected.kind !== 'device') throw new Error('no device');
    return connected.extensions;
  };
  const none = { customRrpc: false, notices: false, systemTopics: false };

  test.each([
    { ext: '', wanted: none },
    { ext: ',ext=0', wanted: none },
    { ext: ',ext=1', wanted: { ...none, customRrpc: true } },
    { ext: ',ext=2', wanted: { ...none, notices: true } },
    { ext: ',ext=3,_ss=1', wanted: { customRrpc: true, notices: true, systemTopics: true } },
    { ext: ',ext=x,_ss=0', wanted: none },
  ])('"$ext"', async ({ ext, wanted }) => {
    expect(await extensions(ext)).toEqual(wanted);
  });
});

describe('who is not let in', () => {
  test('another secret', async () => {
    const stranger = { ...suite.device, deviceSecret: 'of another device' };
    const failure = refusalOf(await suite.connect(signedConnect(stranger)));
    expect(failure).toEqual({
      kind: 'signature-mismatch',
      reason: expect.any(String),
      stringToSign: `clientIdclient-1deviceNamedev_001productKey${suite.productKey}`,
    });
    expect(await suite.stored()).toMatchObject({ status: 'UNACTIVE' });
  });

  test('the secret of the product', async () => {
    const stranger = { ...suite.device, deviceSecret: suite.productSecret };
    expect(refusalOf(await suite.connect(signedConnect(stranger))).kind).toBe('signature-mismatch');
  });

  test('a string to sign of any length is cut in what is refused', async () => {
    const parameters = `signmethod=hmacsha1,timestamp=${'9'.repeat(1000)}`;
    const connect = { ...signedConnect(suite.device, { parameters }), password: '00' };
    const failure = refusalOf(await suite.connect(connect));
    expect(JSON.stringify(failure).length).toBeLessThan(700);
  });

  test('a device that is disabled, or was deleted', async () => {
    accepted(await disableDevice(suite.device, suite.parts));
    expect(refusalOf(await suite.connect(signedConnect(suite.device)))).toEqual({
      kind: 'device-disabled',
      productKey: suite.productKey,
      deviceName: 'dev_001',
    });
    accepted(await deleteDevice(suite.device, suite.parts));
    expect(refusalOf(await suite.connect(signedConnect(suite.device))).kind).toBe('unknown-device');
  });

  test('a disabled device with a wrong secret does not learn that it is disabled', async () => {
    accepted(await disableDevice(suite.device, suite.parts));
    const stranger = { ...suite.device, deviceSecret: 'of another device' };
    expect(refusalOf(await suite.connect(signedConnect(stranger))).kind).toBe('signature-mismatch');
  });

  test('a device of another product under the same name', async () => {
    const other = await registerTestDevice(suite.parts);
    const crossed = { ...suite.device, deviceSecret: other.deviceSecret };
    expect(refusalOf(await suite.connect(signedConnect(crossed))).kind).toBe('signature-mismatch');
  });
});

describe('the connects of a device', () => {
  beforeEach(async () => {
    suite = await openMqttSignIn({ connectsPerMinute: 5 });
  });

  const connectTimes = async (times: number) => {
    for (let time = 0; time < times; time += 1)
      accepted(await suite.connect(signedConnect(suite.device)));
  };

  test('are five a minute', async () => {
    await connectTimes(5);
    expect(refusalOf(await suite.connect(signedConnect(suite.device)))).toEqual({
      kind: 'connect-rate-exceeded',
      limitPerMinute: 5,
    });
    suite.parts.clock.advance(60_000);
    await connectTimes(5);
  });

  test('are not used up by who does not know the secret', async () => {
    const stranger = { ...suite.device, deviceSecret: 'of another device' };
    for (let time = 0; time < 20; time += 1)
      refusalOf(await suite.connect({ ...signedConnect(stranger), sourceIp: '203.0.113.9' }));
    await connectTimes(5);
  });

  test('are each device’s own', async () => {
    await connectTimes(5);
    const { productKey } = suite;
    const other = await registerTestDevice(suite.parts, { productKey, deviceName: 'dev_002' });
    accepted(await suite.connect(signedConnect(other)));
  });
});
