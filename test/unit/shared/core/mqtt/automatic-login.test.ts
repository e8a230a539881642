import { beforeEach, describe, expect, test } from 'vitest';
import { disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { connackCodeOf } from '../../../../../shared/core/mqtt/connection.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import {
  automaticConnect,
  type MqttSignIn,
  openMqttSignIn,
  refusalOf,
  signedConnect,
} from '../../../../support/mqtt-sign-in.ts';
import { accepted } from '../../../../support/test-device.ts';

let suite: MqttSignIn;

beforeEach(async () => {
  suite = await openMqttSignIn();
  await suite.switchTo({ autoRegistration: true });
});

const connectNew = (secret = suite.productSecret, deviceName = 'dev_new') =>
  suite.connect(automaticConnect({ productKey: suite.productKey, deviceName }, secret));

describe('a device that signs with the secret of its product', () => {
  test('is made and active by its first sign-in, and comes in again', async () => {
    expect(accepted(await connectNew())).toMatchObject({
      kind: 'device',
      device: { deviceName: 'dev_new', status: 'ACTIVE' },
      variant: 'whole-client-id',
    });
    const made = await suite.stored('dev_new');
    expect(made).toMatchObject({ autoRegistered: true, activatedAtMs: suite.parts.nowMs() });
    accepted(await connectNew());
    expect(await suite.stored('dev_new')).toEqual(made);
  });

  test('may sign the documented content too', async () => {
    const signer = {
      productKey: suite.productKey,
      deviceName: 'dev_new',
      deviceSecret: suite.productSecret,
    };
    const parameters = 'securemode=-2,signmethod=hmacsha1,timestamp=1';
    const connected = accepted(await suite.connect(signedConnect(signer, { parameters })));
    expect(connected).toMatchObject({ kind: 'device', variant: 'submitted' });
  });

  test('is made once by many first sign-ins at once', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => connectNew()));
    const ids = new Set(
      results.map(accepted).map((one) => (one.kind === 'device' ? one.device.iotId : '')),
    );
    expect(ids.size).toBe(1);
    expect(await countDevicesOf(suite.productKey, suite.parts.store)).toBe(2);
  });

  test('needs the switch of the product, at every sign-in', async () => {
    accepted(await connectNew());
    await suite.switchTo({ autoRegistration: false });
    const failure = refusalOf(await connectNew());
    expect(failure).toEqual({ kind: 'auto-registration-off', productKey: suite.productKey });
    expect(connackCodeOf(failure)).toBe(4);
    expect(refusalOf(await connectNew(suite.productSecret, 'dev_two')).kind).toBe(
      'auto-registration-off',
    );
    expect(await suite.stored('dev_two')).toBeUndefined();
  });

  test('does not come in with another secret, and is not made', async () => {
    expect(refusalOf(await connectNew('guess')).kind).toBe('signature-mismatch');
    expect(await suite.stored('dev_new')).toBeUndefined();
  });

  test('does not come in with it under another securemode', async () => {
    accepted(await connectNew());
    const signer = { ...suite.device, deviceName: 'dev_new', deviceSecret: suite.productSecret };
    expect(refusalOf(await suite.connect(signedConnect(signer))).kind).toBe('signature-mismatch');
  });

  test('does not come in while it is disabled', async () => {
    accepted(await connectNew());
    const name = { productKey: suite.productKey, deviceName: 'dev_new' };
    accepted(await disableDevice(name, suite.parts));
    expect(refusalOf(await connectNew()).kind).toBe('device-disabled');
  });

  test('is not made of a product that is not there', async () => {
    const nowhere = { productKey: 'a1Nowhere00', deviceName: 'dev_new' };
    const failure = refusalOf(await suite.connect(automaticConnect(nowhere, 'guess')));
    expect(failure.kind).toBe('unknown-product');
  });
});

describe('a device that was registered', () => {
  test('is nobody who holds the secret of the product', async () => {
    const connect = automaticConnect(suite.device, suite.productSecret);
    expect(refusalOf(await suite.connect(connect)).kind).toBe('signature-mismatch');
    expect(await suite.stored()).toMatchObject({ status: 'UNACTIVE' });
  });

  test('comes in with its own secret', async () => {
    const connect = automaticConnect(suite.device, suite.device.deviceSecret);
    expect(accepted(await suite.connect(connect))).toMatchObject({ kind: 'device' });
  });
});
