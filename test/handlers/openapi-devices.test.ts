import { beforeEach, describe, expect, test } from 'vitest';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let ProductKey: string;

beforeEach(async () => {
  api = await openTestApi();
  const { body } = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  ProductKey = String(body['ProductKey']);
});

const DeviceName = 'dev_001';

async function registered(params: Params = { DeviceName }) {
  const { body } = await api.call('RegisterDevice', { ProductKey, ...params });
  const { IotId, DeviceName: name, DeviceSecret } = Object(body['Data']);
  return { IotId: String(IotId), DeviceName: String(name), DeviceSecret: String(DeviceSecret) };
}

async function activated() {
  const device = await registered();
  await activateDevice({ productKey: ProductKey, deviceName: DeviceName }, api.registry);
  return device;
}

async function heard(iotId: string, lastMessageAtMs: number) {
  const state = { properties: {}, lastMessageAtMs };
  await api.registry.store.table('thing_state').insert({ partition: iotId }, state);
}

describe('RegisterDevice', () => {
  test('answers with the identity of the device', async () => {
    const params = { ProductKey, DeviceName, Nickname: 'Lamp' };
    const { body } = await api.call('RegisterDevice', params);
    expect(body['Data']).toEqual({
      DevEui: '',
      DeviceName,
      DeviceSecret: expect.stringMatching(/^[0-9a-f]{32}$/),
      IotId: expect.stringMatching(/^\w{32}$/),
      JoinEui: '',
      Nickname: 'Lamp',
      ProductKey,
    });
  });

  test('makes up a name where none is given', async () => {
    expect((await registered({})).DeviceName).toMatch(/^\w{20}$/);
  });

  test.each([
    { changed: { DeviceName: 'abc' }, code: 'iot.device.InvalidFormattedDeviceName' },
    { changed: { DeviceName: 'a b c d' }, code: 'iot.device.InvalidFormattedDeviceName' },
    { changed: { DeviceName: 'taken' }, code: 'iot.device.AlreadyExistedDeviceName' },
    { changed: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
    { changed: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { changed: { Nickname: 'n'.repeat(65) }, code: 'iot.system.IllegalRequest' },
    { changed: { Nickname: 'abc' }, code: 'iot.system.IllegalRequest' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    await registered({ DeviceName: 'taken' });
    const { body } = await api.call('RegisterDevice', { ProductKey, DeviceName, ...changed });
    expect(body).toMatchObject({ Success: false, Code: code });
  });
});

describe('QueryDeviceDetail', () => {
  test('shows a device that has never signed in', async () => {
    const { IotId, DeviceSecret } = await registered();
    const { body } = await api.call('QueryDeviceDetail', { ProductKey, DeviceName });
    expect(body['Data']).toEqual({
      DeviceName,
      DeviceSecret,
      FirmwareVersion: '',
      GmtActive: '',
      GmtCreate: '2026-01-02 11:04:05',
      GmtOnline: '',
      IotId,
      IpAddress: '',
      Nickname: '',
      NodeType: 0,
      Owner: true,
      ProductKey,
      ProductName: 'Test product',
      Region: 'cn-shanghai',
      Status: 'UNACTIVE',
      UtcActive: '',
      UtcCreate: '2026-01-02T03:04:05.000Z',
      UtcOnline: '',
    });
  });

  test('shows when a device signed in first and when it was last heard', async () => {
    const { IotId } = await activated();
    await heard(IotId, NOW_MS - 1000);
    const { body } = await api.call('QueryDeviceDetail', { ProductKey, DeviceName });
    expect(body['Data']).toMatchObject({
      GmtActive: '2026-01-02 11:04:05',
      GmtOnline: '2026-01-02 11:04:04',
      Status: 'ONLINE',
      UtcOnline: '2026-01-02T03:04:04.000Z',
    });
  });

  test('goes by IotId where both are given', async () => {
    const { IotId } = await registered();
    const params = { IotId, ProductKey, DeviceName: 'absent' };
    const { body } = await api.call('QueryDeviceDetail', params);
    expect(body['Data']).toMatchObject({ DeviceName });
  });
});

describe('GetDeviceStatus', () => {
  const TEN_MINUTES_MS = 600_000;

  const statusNow = async () => {
    const { body } = await api.call('GetDeviceStatus', { ProductKey, DeviceName });
    return body['Data'];
  };

  test('follows a device from registration to silence', async () => {
    const { IotId } = await registered();
    expect(await statusNow()).toEqual({ Status: 'UNACTIVE', Timestamp: NOW_MS });
    api.clock.nowMs += 1000;
    await activateDevice({ iotId: IotId }, api.registry);
    expect(await statusNow()).toEqual({ Status: 'OFFLINE', Timestamp: NOW_MS + 1000 });
    await heard(IotId, NOW_MS + 1000);
    expect(await statusNow()).toEqual({ Status: 'ONLINE', Timestamp: NOW_MS + 1000 });
    api.clock.nowMs += TEN_MINUTES_MS;
    const silentAtMs = NOW_MS + 1000 + TEN_MINUTES_MS;
    expect(await statusNow()).toEqual({ Status: 'OFFLINE', Timestamp: silentAtMs });
  });
});

describe('DisableThing, EnableThing and DeleteDevice', () => {
  test('change the status and have nothing else to say', async () => {
    await activated();
    api.clock.nowMs += 5000;
    const disabled = await api.call('DisableThing', { ProductKey, DeviceName });
    expect(disabled.body).toEqual({ RequestId: expect.any(String), Success: true });
    const { body } = await api.call('GetDeviceStatus', { ProductKey, DeviceName });
    expect(body['Data']).toEqual({ Status: 'DISABLE', Timestamp: NOW_MS + 5000 });
    await api.call('EnableThing', { ProductKey, DeviceName });
    const enabled = await api.call('GetDeviceStatus', { ProductKey, DeviceName });
    expect(enabled.body['Data']).toMatchObject({ Status: 'OFFLINE' });
  });

  test('leave nothing of a deleted device, and its name free', async () => {
    const { IotId } = await registered();
    expect((await api.call('DeleteDevice', { IotId })).body.Success).toBe(true);
    const { body } = await api.call('QueryDeviceDetail', { ProductKey, DeviceName });
    expect(body.Code).toBe('iot.device.NotExistedDevice');
    expect((await registered()).IotId).not.toBe(IotId);
  });
});

describe.each([
  'QueryDeviceDetail',
  'GetDeviceStatus',
  'DisableThing',
  'EnableThing',
  'DeleteDevice',
  'QueryDevicePropertyStatus',
])('%s refuses', (action) => {
  test.each([
    { sent: {}, code: 'iot.prod.NullProductKey', text: 'ProductKey' },
    { sent: { ProductKey: 'a1' }, code: 'iot.device.NullDeviceName', text: 'DeviceName' },
    {
      sent: { ProductKey: 'a1', DeviceName: 'absent' },
      code: 'iot.device.NotExistedDevice',
      text: 'a1/absent',
    },
    { sent: { IotId: 'absent' }, code: 'iot.device.NotExistedDevice', text: 'The device does not' },
    { sent: { IotId: 'a\nb' }, code: 'iot.device.InvalidIoTId', text: 'IotId' },
  ])('$sent: $code', async ({ sent, code, text }) => {
    const { status, body } = await api.call(action, sent);
    expect(status).toBe(200);
    expect(body).toMatchObject({ Success: false, Code: code });
    expect(body['ErrorMessage']).toContain(text);
  });
});

describe('QueryDevice', () => {
  const namesOf = (body: object) => {
    const { DeviceInfo } = Object(Reflect.get(body, 'Data'));
    return DeviceInfo.map(({ DeviceName: name }: { DeviceName: string }) => name);
  };
  const registerMany = async (count: number) => {
    const names = Array.from({ length: count }, (_, at) => `dev_${String(at).padStart(3, '0')}`);
    for (const name of names) await registered({ DeviceName: name });
    return names;
  };

  test('shows each device of a product', async () => {
    const { IotId, DeviceSecret } = await registered({ DeviceName, Nickname: 'Lamp' });
    const { body } = await api.call('QueryDevice', { ProductKey });
    expect(body).toEqual({
      RequestId: expect.any(String),
      Success: true,
      NextToken: '',
      Page: 1,
      PageCount: 1,
      PageSize: 10,
      Total: 1,
      Data: {
        DeviceInfo: [
          {
            DeviceId: IotId,
            DeviceName,
            DeviceSecret,
            DeviceStatus: 'UNACTIVE',
            DeviceType: '',
            GmtCreate: '2026-01-02 11:04:05',
            GmtModified: '2026-01-02 11:04:05',
            IotId,
            Nickname: 'Lamp',
            ProductKey,
            UtcCreate: '2026-01-02T03:04:05.000Z',
            UtcModified: '2026-01-02T03:04:05.000Z',
          },
        ],
      },
    });
  });

  test('shows every device once, page by page', async () => {
    const names = await registerMany(7);
    const shown: string[] = [];
    for (const CurrentPage of [1, 2, 3, 4]) {
      const { body } = await api.call('QueryDevice', { ProductKey, CurrentPage, PageSize: 3 });
      expect(body).toMatchObject({ Page: CurrentPage, PageCount: 3, Total: 7 });
      shown.push(...namesOf(body));
    }
    expect(shown).toEqual(names);
  });

  test('shows every device once, token by token', async () => {
    const names = await registerMany(7);
    const shown: string[] = [];
    let NextToken = '';
    do {
      const { body } = await api.call('QueryDevice', { ProductKey, PageSize: 3, NextToken });
      shown.push(...namesOf(body));
      NextToken = String(body['NextToken']);
    } while (NextToken !== '');
    expect(shown).toEqual(names);
  });

  test.each([
    { changed: { PageSize: 51 }, code: 'iot.common.InvalidPageParams', text: 'from 1 to 50' },
    { changed: { PageSize: 0 }, code: 'iot.common.InvalidPageParams', text: 'PageSize' },
    { changed: { CurrentPage: 'x' }, code: 'iot.common.InvalidPageParams', text: 'CurrentPage' },
    { changed: { CurrentPage: 10_002 }, code: 'iot.common.InvalidPageParams', text: 'NextToken' },
    { changed: { NextToken: '!' }, code: 'iot.common.InvalidPageParams', text: 'not one of ours' },
    { changed: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct', text: 'a1Unk' },
  ])('refuses $changed: $code', async ({ changed, code, text }) => {
    const { body } = await api.call('QueryDevice', { ProductKey, ...changed });
    expect(body).toMatchObject({ Success: false, Code: code });
    expect(body['ErrorMessage']).toContain(text);
  });
});
