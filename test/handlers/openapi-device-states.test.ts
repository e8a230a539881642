import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { statusMessage } from '../../shared/core/mqtt/status-message.ts';
import type { StatusBody } from '../../shared/model/message.ts';
import { type ApiDevice, connect, registerApiDevice } from '../support/api-device.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let device: ApiDevice;
let iotId: string;

beforeEach(async () => {
  api = await openTestApi();
  device = await registerApiDevice(api);
  iotId = await iotIdOf(device);
  const { ProductKey: productKey, DeviceName: deviceName } = device;
  await activateDevice({ productKey, deviceName }, api.registry);
});

async function iotIdOf(named: ApiDevice): Promise<string> {
  const { body } = await api.call('QueryDeviceDetail', named);
  return Object(body['Data']).IotId;
}

/** What a broker tells when a device comes or goes, through the recorder. */
async function tell(status: StatusBody['status'], atMs: number, messageId: string) {
  const { ProductKey: productKey, DeviceName: deviceName } = device;
  const message = statusMessage({
    device: { productKey, deviceName, iotId },
    status,
    atMs,
    lastAtMs: atMs,
    clientIp: '192.0.2.7',
    messageId,
    transport: 'mqtt',
  });
  const record = createThingRecorder(api.registry);
  expect(await record([message])).toEqual([]);
}

async function postOverHttp(atMs: number) {
  const { ProductKey: productKey, DeviceName: deviceName } = device;
  const record = createThingRecorder(api.registry);
  const topic = `/${productKey}/${deviceName}/user/update`;
  const named = { kind: 'uplink', topic, productKey, deviceName, iotId } as const;
  const message = { ...named, messageId: '1', generateTimeMs: atMs, transport: 'http' } as const;
  await record([{ ...message, body: Buffer.from('x') }]);
}

const statusNow = async () => (await api.call('GetDeviceStatus', device)).body['Data'];

describe('a device on MQTT', () => {
  test('is online from when it came until it goes, however long it is silent', async () => {
    await tell('online', NOW_MS, '1');
    api.clock.nowMs += 24 * 3_600_000;
    expect(await statusNow()).toEqual({ Status: 'ONLINE', Timestamp: NOW_MS });
    await tell('offline', NOW_MS + 5, '2');
    expect(await statusNow()).toEqual({ Status: 'OFFLINE', Timestamp: NOW_MS + 5 });
  });

  test('shows when it last came online and from where, also after it went', async () => {
    await tell('online', NOW_MS - 5000, '1');
    await tell('offline', NOW_MS - 1000, '2');
    const { body } = await api.call('QueryDeviceDetail', device);
    expect(body['Data']).toMatchObject({
      Status: 'OFFLINE',
      GmtOnline: '2026-01-02 11:04:00',
      UtcOnline: '2026-01-02T03:04:00.000Z',
      IpAddress: '192.0.2.7',
    });
  });

  test('is offline at once when it went, though it has posted a moment before', async () => {
    await tell('online', NOW_MS - 5000, '1');
    const { ProductKey: productKey, DeviceName: deviceName } = device;
    const topic = `/${productKey}/${deviceName}/user/update`;
    const named = { kind: 'uplink', topic, productKey, deviceName, iotId } as const;
    const posted = { messageId: '2', generateTimeMs: NOW_MS, transport: 'mqtt' } as const;
    await createThingRecorder(api.registry)([{ ...named, ...posted, body: Buffer.from('x') }]);
    await tell('offline', NOW_MS, '3');
    expect(await statusNow()).toEqual({ Status: 'OFFLINE', Timestamp: NOW_MS });
  });

  test('that posts over HTTP meanwhile is online for 10 minutes from there', async () => {
    await tell('online', NOW_MS - 5000, '1');
    await tell('offline', NOW_MS - 1000, '2');
    await postOverHttp(NOW_MS);
    expect(await statusNow()).toEqual({ Status: 'ONLINE', Timestamp: NOW_MS });
    api.clock.nowMs += 600_000;
    expect(await statusNow()).toEqual({ Status: 'OFFLINE', Timestamp: NOW_MS + 600_000 });
  });
});

describe('BatchGetDeviceState', () => {
  const states = async (params: Params) => {
    const { body } = await api.call('BatchGetDeviceState', params);
    expect(body).toMatchObject({ Success: true });
    return Object(body['DeviceStatusList']).DeviceStatus;
  };

  const own = () => ({
    AsAddress: '192.0.2.7',
    DeviceId: iotId,
    DeviceName: 'dev_001',
    IotId: iotId,
    LastOnlineTime: String(NOW_MS),
    Status: 'ONLINE',
  });

  test('shows the devices of a product by name, and leaves out those that are not there', async () => {
    await api.call('RegisterDevice', { ...device, DeviceName: 'lamp_1' });
    await tell('online', NOW_MS, '1');
    const { ProductKey } = device;
    const names = { 'DeviceName.1': 'lamp_1', 'DeviceName.2': 'absent', 'DeviceName.3': 'dev_001' };
    const silent = { AsAddress: '', LastOnlineTime: '', Status: 'UNACTIVE', DeviceName: 'lamp_1' };
    expect(await states({ ProductKey, ...names })).toEqual([
      expect.objectContaining(silent),
      own(),
    ]);
  });

  test('shows devices of several products by IotId, which wins', async () => {
    const other = await registerApiDevice(api, { ProductName: 'Another product' });
    const otherId = await iotIdOf(other);
    await tell('online', NOW_MS, '1');
    const params = { 'IotId.1': otherId, 'IotId.2': 'absent', 'IotId.3': iotId };
    const shown = await states({ ...params, ProductKey: 'a1', 'DeviceName.1': 'x' });
    expect(shown).toEqual([expect.objectContaining({ IotId: otherId }), own()]);
  });

  const many = (name: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}.${at + 1}`, `d${at}`]));

  test.each([
    { params: {}, code: 'iot.prod.NullProductKey' },
    { params: { ProductKey: 'a1' }, code: 'iot.device.NoneDeviceNameElement' },
    {
      params: { ProductKey: 'a1', ...many('DeviceName', 51) },
      code: 'iot.device.DeviceCountExceeded',
    },
    { params: many('IotId', 51), code: 'iot.device.DeviceCountExceeded' },
  ])('refuses what names none or more than 50: $code', async ({ params, code }) => {
    expect((await api.call('BatchGetDeviceState', params)).body.Code).toBe(code);
  });
});

describe('the connection of a device', () => {
  const name = () => `${device.ProductKey}/${device.DeviceName}`;

  test.each(['DisableThing', 'DeleteDevice', 'ResetThing'])('ends with %s', async (action) => {
    connect(api, device);
    expect((await api.call(action, { IotId: iotId })).body).toMatchObject({ Success: true });
    expect(api.downlink.disconnected).toEqual([name()]);
  });

  test('stays with EnableThing, and where the device is not known', async () => {
    connect(api, device);
    await api.call('EnableThing', device);
    const { body } = await api.call('DeleteDevice', { ...device, DeviceName: 'absent' });
    expect(body).toMatchObject({ Code: 'iot.device.NotExistedDevice' });
    expect(api.downlink.disconnected).toEqual([]);
  });

  test('that a broker cannot end does not take the change back', async () => {
    const error = new Error('no broker');
    api.registry.downlink = {
      ...api.downlink,
      disconnect: async () => {
        throw error;
      },
    };
    expect((await api.call('DisableThing', device)).body).toMatchObject({ Success: true });
    expect(await statusNow()).toMatchObject({ Status: 'DISABLE' });
    expect(api.logged).toContainEqual({
      message: 'the connection of a device cannot be ended',
      fields: { error, productKey: device.ProductKey, deviceName: device.DeviceName },
    });
  });
});
