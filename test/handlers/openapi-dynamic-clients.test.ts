import { beforeEach, describe, expect, test } from 'vitest';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createConnectDevice } from '../../shared/core/mqtt/connect-device.ts';
import { createLocalConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import type { ConnectDevice } from '../../shared/core/mqtt/connection.ts';
import { testKey } from '../support/memory-parts.ts';
import {
  dynamicConnect,
  type Issued,
  issuedBy,
  refusalOf,
  registeringConnect,
} from '../support/mqtt-sign-in.ts';
import { openTestApi, type TestApi } from '../support/openapi.ts';
import { accepted } from '../support/test-device.ts';

const DeviceName = 'dev_new';
const DONE = { RequestId: expect.any(String), Success: true };

let api: TestApi;
let connectDevice: ConnectDevice;
let named: { productKey: string; deviceName: string };
let register: () => Promise<Issued>;
let IotId: string;
let first: Issued;
let second: Issued;

beforeEach(async () => {
  api = await openTestApi();
  const { nowMs } = api.registry;
  const rate = createLocalConnectRate({ limitPerMinute: 100, nowMs });
  const tokenKeys = createKeyRing([testKey('token')]);
  connectDevice = createConnectDevice({ ...api.registry, tokenKeys, rate, canPush: true });
  const product = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  const { ProductKey, ProductSecret } = Object(product.body['Data']);
  await api.call('SetProductRegistration', { ProductKey, DynamicRegistration: true });
  named = { productKey: ProductKey, deviceName: DeviceName };
  const connect = registeringConnect(named, ProductSecret, { authType: 'regnwl' });
  register = async () => issuedBy(await connectDevice({ ...connect, ...SOURCE }));
  first = await register();
  api.clock.nowMs += 1000;
  second = await register();
  const detail = await api.call('QueryDeviceDetail', { ProductKey, DeviceName });
  IotId = Object(detail.body['Data']).IotId;
  api.downlink.connected.add(`${ProductKey}/${DeviceName}`);
});

const SOURCE = { sourceIp: '192.0.2.1', isPrivate: true };
const connect = (issued: Issued) => connectDevice({ ...dynamicConnect(named, issued), ...SOURCE });

const query = async () => {
  const { body } = await api.call('QueryClientIds', { IotId });
  return body['Data'];
};

test('a broker that cannot be reached does not keep the client ids in use', async () => {
  api.registry.downlink.disconnect = () => Promise.reject(new Error('no broker'));
  expect((await api.call('DeleteClientIds', { IotId })).body).toEqual(DONE);
  expect(refusalOf(await connect(first)).kind).toBe('signature-mismatch');
});

test('QueryClientIds lists the client ids of a device by their time, and no token', async () => {
  const nowMs = api.clock.nowMs;
  expect(await query()).toEqual({
    IotId,
    DynamicRegClientIds: [
      { ClientId: first.clientId, CreateTime: nowMs - 1000 },
      { ClientId: second.clientId, CreateTime: nowMs },
    ],
  });
});

describe('DeleteClientIds', () => {
  test('keeps all of them out, and ends the connection', async () => {
    accepted(await connect(first));
    expect((await api.call('DeleteClientIds', { IotId })).body).toEqual(DONE);
    expect(refusalOf(await connect(first)).kind).toBe('signature-mismatch');
    expect(refusalOf(await connect(second)).kind).toBe('signature-mismatch');
    expect(await query()).toEqual({ IotId, DynamicRegClientIds: [] });
    expect(api.downlink.disconnected).toEqual([`${named.productKey}/${DeviceName}`]);
  });

  test('leaves an active device closed to the product secret until it is reset', async () => {
    accepted(await connect(first));
    await api.call('DeleteClientIds', { IotId });
    await expect(register()).rejects.toThrow('device-activated');
    await api.call('ResetThing', { IotId });
    accepted(await connect(await register()));
  });

  test('a client id that is given again has another token', async () => {
    await api.call('DeleteClientIds', { IotId });
    const again = await register();
    expect(again.clientId).toBe(first.clientId);
    expect(refusalOf(await connect(first)).kind).toBe('signature-mismatch');
    accepted(await connect(again));
  });
});

describe('TransformClientId', () => {
  test('keeps one physical device, and the others out', async () => {
    const { clientId: ClientId } = second;
    expect((await api.call('TransformClientId', { IotId, ClientId })).body).toEqual(DONE);
    expect(refusalOf(await connect(first)).kind).toBe('signature-mismatch');
    accepted(await connect(second));
    expect(await query()).toMatchObject({ DynamicRegClientIds: [{ ClientId }] });
    expect(api.downlink.disconnected).toHaveLength(1);
  });

  test('refuses a client id that the device was not given, and keeps all', async () => {
    const { body } = await api.call('TransformClientId', { IotId, ClientId: 'other' });
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    accepted(await connect(first));
    accepted(await connect(second));
  });

  test('refuses no client id', async () => {
    const { body } = await api.call('TransformClientId', { IotId });
    expect(body.Code).toBe('MissingParameter');
  });
});

test.each(['QueryClientIds', 'DeleteClientIds', 'TransformClientId'])(
  '%s refuses an unknown device and none',
  async (action) => {
    const unknown = await api.call(action, { IotId: 'absent', ClientId: 'c' });
    expect(unknown.body.Code).toBe('iot.device.NotExistedDevice');
    expect((await api.call(action, { ClientId: 'c' })).body.Code).toBe('iot.prod.NullProductKey');
  },
);
