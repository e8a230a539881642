import { beforeEach, describe, expect, test } from 'vitest';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let ProductKey: string;

beforeEach(async () => {
  api = await openTestApi();
  ProductKey = await newProduct();
});

const callBody = async (action: string, params: Params) => (await api.call(action, params)).body;

async function newProduct(): Promise<string> {
  const product = { NodeType: 0, ProductName: 'Test product' };
  return String((await callBody('CreateProduct', product))['ProductKey']);
}

async function register(DeviceName: string, productKey = ProductKey): Promise<string> {
  const { Data } = await callBody('RegisterDevice', { ProductKey: productKey, DeviceName });
  return String(Object(Data).IotId);
}

/** As if it had signed in and posted a moment ago, over HTTP. */
async function registerOnline(DeviceName: string, productKey = ProductKey): Promise<string> {
  const iotId = await registerOffline(DeviceName, productKey);
  const state = { properties: {}, lastMessageAtMs: api.clock.nowMs };
  await api.registry.store.table('thing_state').insert({ partition: iotId }, state);
  return iotId;
}

async function registerOffline(DeviceName: string, productKey = ProductKey): Promise<string> {
  const iotId = await register(DeviceName, productKey);
  await activateDevice({ iotId }, api.registry);
  return iotId;
}

/** Devices in every state: two not activated, three online, one offline, and two disabled. */
async function registerAll() {
  await register('new_1');
  await register('new_2');
  for (const name of ['on_1', 'on_2', 'on_3']) await registerOnline(name);
  await registerOffline('off_1');
  await registerOnline('disabled_1');
  await register('disabled_2');
  for (const DeviceName of ['disabled_1', 'disabled_2']) {
    await callBody('DisableThing', { ProductKey, DeviceName });
  }
}

/** What was read of a product is good for a millisecond a device, 10 s at most. */
const forget = () => {
  api.clock.nowMs += 10_000;
};

describe('QueryDeviceStatistics', () => {
  const statistics = async (params: Params) =>
    (await callBody('QueryDeviceStatistics', params))['Data'];

  test('counts the devices of a product', async () => {
    expect(await statistics({ ProductKey })).toEqual({
      activeCount: 0,
      deviceCount: 0,
      onlineCount: 0,
    });
    await registerAll();
    expect(await statistics({ ProductKey })).toEqual({
      activeCount: 5,
      deviceCount: 8,
      onlineCount: 3,
    });
  });

  test('counts the devices of all products', async () => {
    await registerAll();
    const other = await newProduct();
    await registerOnline('on_1', other);
    await register('new_1', other);
    expect(await statistics({})).toEqual({ activeCount: 6, deviceCount: 10, onlineCount: 4 });
  });

  test('follows what becomes of a device', async () => {
    await registerOnline('on_1');
    const device = { ProductKey, DeviceName: 'on_1' };
    const seen = [await statistics({ ProductKey })];
    for (const action of ['DisableThing', 'EnableThing', 'ResetThing', 'DeleteDevice']) {
      await callBody(action, device);
      forget();
      seen.push(await statistics({ ProductKey }));
    }
    expect(seen).toEqual([
      { activeCount: 1, deviceCount: 1, onlineCount: 1 },
      { activeCount: 1, deviceCount: 1, onlineCount: 0 },
      { activeCount: 1, deviceCount: 1, onlineCount: 1 },
      { activeCount: 0, deviceCount: 1, onlineCount: 0 },
      { activeCount: 0, deviceCount: 0, onlineCount: 0 },
    ]);
  });

  test('refuses a group of devices, and says why', async () => {
    expect(await callBody('QueryDeviceStatistics', { GroupId: 'g1' })).toMatchObject({
      Code: 'iot.system.IllegalRequest',
      ErrorMessage: 'The parameter GroupId is not valid: there are no groups of devices here.',
    });
  });

  test('refuses a product that is not there', async () => {
    const refused = await callBody('QueryDeviceStatistics', { ProductKey: 'a1Unknown00' });
    expect(refused.Code).toBe('iot.prod.NotExistedProduct');
  });
});

describe('QueryDeviceByStatus', () => {
  const query = (Status: number, params: Params = {}) =>
    callBody('QueryDeviceByStatus', { ProductKey, Status, ...params });
  const namesOf = async (Status: number, params: Params = {}) =>
    Object((await query(Status, params))['Data']).SimpleDeviceInfo.map(
      ({ DeviceName }: { DeviceName: string }) => DeviceName,
    );

  test('shows the devices of each status by their names', async () => {
    await registerAll();
    expect(await namesOf(0)).toEqual(['new_1', 'new_2']);
    expect(await namesOf(1)).toEqual(['on_1', 'on_2', 'on_3']);
    expect(await namesOf(3)).toEqual(['off_1']);
    expect(await namesOf(8)).toEqual(['disabled_1', 'disabled_2']);
  });

  test('shows all of a device, with its status in words', async () => {
    const IotId = await registerOnline('on_1');
    const { Data: detail } = await callBody('QueryDeviceDetail', { IotId });
    expect(await query(1)).toEqual({
      RequestId: expect.any(String),
      Success: true,
      Data: {
        SimpleDeviceInfo: [
          {
            DeviceName: 'on_1',
            DeviceSecret: Object(detail).DeviceSecret,
            GmtCreate: '2026-01-02 11:04:05',
            GmtModified: '2026-01-02 11:04:05',
            IotId,
            Nickname: '',
            ProductKey,
            Status: 'ONLINE',
            UtcCreate: '2026-01-02T03:04:05.000Z',
            UtcModified: '2026-01-02T03:04:05.000Z',
          },
        ],
      },
      Page: 1,
      PageCount: 1,
      PageSize: 10,
      Total: 1,
    });
  });

  test('comes in pages', async () => {
    await registerAll();
    const pages = { PageCount: 2, PageSize: 2, Total: 3 };
    expect(await query(1, { PageSize: 2, CurrentPage: 2 })).toMatchObject({ Page: 2, ...pages });
    expect(await namesOf(1, { PageSize: 2, CurrentPage: 2 })).toEqual(['on_3']);
    expect(await namesOf(1, { PageSize: 2, CurrentPage: 3 })).toEqual([]);
  });

  test('leaves out a device that was deleted since it was read', async () => {
    await registerAll();
    expect(await namesOf(0)).toEqual(['new_1', 'new_2']);
    await callBody('DeleteDevice', { ProductKey, DeviceName: 'new_1' });
    expect(await namesOf(0)).toEqual(['new_2']);
  });

  test.each([
    { changed: { Status: '' }, code: 'MissingParameter' },
    { changed: { Status: 2 }, code: 'iot.system.IllegalRequest' },
    { changed: { Status: 'ONLINE' }, code: 'InvalidParameter' },
    { changed: { PageSize: 51 }, code: 'iot.common.InvalidPageParams' },
    { changed: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { changed: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await query(1, changed)).Code).toBe(code);
  });
});
