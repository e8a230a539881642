import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/remote-config/handler.ts';
import { sentTexts } from '../support/downlink-messages.ts';
import { EMPTY_REQUEST, openTestApi, type TestApi } from '../support/openapi.ts';
import { registerTestDevice, type TestDevice } from '../support/test-device.ts';

const CONTENT = '{"温度":1}';
const DAY_MS = 24 * 60 * 60 * 1000;

let api: TestApi;
let device: TestDevice;

beforeEach(async () => {
  api = await openTestApi();
  api.registry.publicUrl = 'https://iot.example.com';
  device = await registerTestDevice(api.registry);
});

const call = async (action: string, params: Record<string, string | number> = {}) =>
  (await api.call(action, { ProductKey: device.productKey, ...params })).body;
const set = async (content = CONTENT) => {
  const { ConfigId } = (await call('SetRemoteConfig', { Content: content }))['Data'] as {
    ConfigId: string;
  };
  return ConfigId;
};
const fetchPath = (path: string, method = 'GET') => {
  const handler = createHandler({ store: api.registry.store, log: api.log });
  return handler({ ...EMPTY_REQUEST, method, path });
};
const connect = (deviceName: string) =>
  api.downlink.connected.add(`${device.productKey}/${deviceName}`);

describe('remote configuration', () => {
  test('is what was set, by the API and under its address', async () => {
    const configId = await set();
    expect(configId).toMatch(/^[0-9a-f]{32}$/);
    expect((await call('QueryRemoteConfig'))['Data']).toMatchObject({
      ConfigId: configId,
      Content: CONTENT,
    });
    expect(await fetchPath(`/config/${configId}`)).toEqual({
      status: 200,
      contentType: 'application/json',
      body: CONTENT,
      outcome: 'success',
    });
  });

  test('is nothing before it is set', async () => {
    expect(await call('QueryRemoteConfig')).toMatchObject({ Success: true, Data: {} });
  });

  test('has another address with other content, and the old one stays for a day', async () => {
    const before = await set();
    const after = await set('{}');
    expect(after).not.toBe(before);
    expect((await fetchPath(`/config/${before}`)).body).toBe(CONTENT);
    api.clock.nowMs += DAY_MS;
    expect((await fetchPath(`/config/${before}`)).status).toBe(404);
    expect((await fetchPath(`/config/${after}`)).body).toBe('{}');
  });

  test.each([
    ['no JSON', '{'],
    ['over 64 KB', JSON.stringify('x'.repeat(64 * 1024))],
  ])('is refused that is %s', async (_, content) => {
    expect(await call('SetRemoteConfig', { Content: content })).toMatchObject({
      Success: false,
      Code: 'iot.system.IllegalRequest',
    });
    expect((await call('QueryRemoteConfig'))['Data']).toEqual({});
  });

  test('of a product that there is not is refused', async () => {
    for (const action of ['SetRemoteConfig', 'QueryRemoteConfig', 'PushRemoteConfig']) {
      const params = { ProductKey: 'a1Other0000', Content: CONTENT };
      expect((await call(action, params))['Code']).toBe('iot.prod.NotExistedProduct');
    }
  });

  test('is given to nobody who guesses', async () => {
    const configId = await set();
    const paths: [string, string?][] = [
      [`/config/${'0'.repeat(32)}`],
      [`/config/${device.productKey}`],
      [`/config/${configId}/x`],
      [`/config/${configId.toUpperCase()}x`],
      ['/config/'],
      [`/config/${configId}`, 'POST'],
    ];
    for (const [path, method] of paths) {
      expect((await fetchPath(path, method)).status).toBe(404);
    }
  });
});

describe('PushRemoteConfig', () => {
  test('tells every device that is connected', async () => {
    const configId = await set();
    connect('dev_001');
    connect('dev_002');
    expect((await call('PushRemoteConfig'))['Data']).toEqual({ Sent: 2 });
    expect(api.downlink.published).toMatchObject(
      ['dev_001', 'dev_002'].map((deviceName) => ({
        deviceName,
        topic: `/sys/${device.productKey}/${deviceName}/thing/config/push`,
        qos: 1,
      })),
    );
    const [text = ''] = sentTexts(api.downlink);
    expect(JSON.parse(text)).toEqual({
      method: 'thing.config.push',
      id: expect.stringMatching(/^\d+$/),
      version: '1.0.0',
      params: {
        configId,
        configSize: Buffer.byteLength(CONTENT),
        sign: createHash('sha256').update(CONTENT).digest('hex'),
        signMethod: 'Sha256',
        url: `https://iot.example.com/config/${configId}`,
        getType: 'file',
      },
    });
  });

  test('tells one device, if it is there', async () => {
    await set();
    expect((await call('PushRemoteConfig', { DeviceName: 'dev_001' }))['Data']).toEqual({
      Sent: 0,
    });
    connect('dev_001');
    connect('dev_002');
    expect((await call('PushRemoteConfig', { DeviceName: 'dev_001' }))['Data']).toEqual({
      Sent: 1,
    });
    expect(sentTexts(api.downlink)).toHaveLength(1);
    expect((await call('PushRemoteConfig', { DeviceName: 'dev_404' }))['Code']).toBe(
      'iot.device.NotExistedDevice',
    );
  });

  test('wants a name where the broker does not tell who is connected', async () => {
    await set();
    api.registry.downlink.connectedDevices = async () => undefined;
    expect((await call('PushRemoteConfig'))['Code']).toBe('iot.device.NullDeviceName');
  });

  test('is refused without a configuration, and without an address for it', async () => {
    expect(await call('PushRemoteConfig')).toMatchObject({
      Success: false,
      ErrorMessage: 'no data',
    });
    await set();
    delete api.registry.publicUrl;
    expect((await call('PushRemoteConfig'))['Code']).toBe('iot.messagebroker.PublishMessageFailed');
  });
});

describe('SetDeviceLogConfig', () => {
  const setMode = (Mode: string | number) =>
    call('SetDeviceLogConfig', { DeviceName: 'dev_001', Mode });

  test('keeps the mode and tells the device', async () => {
    connect('dev_001');
    expect(await setMode(1)).toMatchObject({ Success: true });
    const [message] = api.downlink.published;
    expect(message?.topic).toBe(`/sys/${device.productKey}/dev_001/thing/config/log/push`);
    expect(JSON.parse(sentTexts(api.downlink)[0] ?? '')).toMatchObject({
      method: 'thing.config.log.push',
      params: { getType: 'content', content: { mode: 1 } },
    });
    await setMode(0);
    const key = { partition: device.iotId };
    const kept = await api.registry.store.table('log_configs').read(key);
    expect(kept?.value).toEqual({ mode: 0 });
  });

  test('keeps it for a device that is away', async () => {
    expect(await setMode(1)).toMatchObject({ Success: true });
    expect(sentTexts(api.downlink)).toEqual([]);
  });

  test.each([
    { mode: '2', code: 'iot.system.IllegalRequest' },
    { mode: 'on', code: 'InvalidParameter' },
  ])('refuses the mode $mode: $code', async ({ mode, code }) => {
    expect((await setMode(mode))['Code']).toBe(code);
  });
});
