import { beforeEach, describe, expect, test } from 'vitest';
import { withOpenSecret } from '../../shared/core/lifecycle/open-secret.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { failInserts } from '../support/intercepted-store.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let ProductKey: string;
let bus: MessageBus;

beforeEach(async () => {
  api = await openTestApi();
  // What the API is given is a bus of memory.
  bus = api.registry.bus as MessageBus;
  const { body } = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  ProductKey = String(body['ProductKey']);
});

const DeviceName = 'dev_001';
const call = async (action: string, params: Params = { DeviceName }) =>
  (await api.call(action, { ProductKey, ...params })).body;
const register = async (params?: Params) => {
  const { IotId, DeviceSecret } = Object((await call('RegisterDevice', params))['Data']);
  return { iotId: String(IotId), deviceSecret: String(DeviceSecret) };
};
const published = () => drainBus(bus);
const actions = async () =>
  (await published()).map((message) => Object(jsonBodyOf(message)).action);

/** The bus takes nothing until it is mended. */
function breakBus(): () => void {
  api.registry.bus = { publish: () => Promise.reject(new Error('the bus is gone')) };
  return () => {
    api.registry.bus = bus;
  };
}

describe('the bus is told', () => {
  test('that a device was made, enabled, disabled and deleted, as the platform tells it', async () => {
    const { iotId, deviceSecret } = await register();
    for (const action of ['DisableThing', 'EnableThing', 'DeleteDevice']) await call(action);
    const messages = await published();
    const head = { kind: 'lifecycle', transport: 'api', iotId, generateTimeMs: NOW_MS };
    const topic = `/${ProductKey}/${DeviceName}/thing/lifecycle`;
    expect(messages).toMatchObject(Array.from({ length: 4 }, () => ({ ...head, topic })));
    const about = { iotId, productKey: ProductKey, deviceName: DeviceName };
    const opened = messages.map((one) => jsonBodyOf(withOpenSecret(one, api.registry.sealing)));
    expect(opened).toEqual([
      { action: 'create', ...about, deviceSecret, messageCreateTime: NOW_MS },
      { action: 'disable', ...about, messageCreateTime: NOW_MS },
      { action: 'enable', ...about, messageCreateTime: NOW_MS },
      { action: 'delete', ...about, messageCreateTime: NOW_MS },
    ]);
  });

  test('of no secret in the clear', async () => {
    const { deviceSecret } = await register();
    const bodies = (await published()).map(({ body }) => Buffer.from(body).toString());
    expect(bodies.join()).not.toContain(deviceSecret);
    expect(JSON.stringify(api.logged)).not.toContain(deviceSecret);
  });

  test.each([
    ['a second registration under the name', 'RegisterDevice', 'create'],
    ['enabling a device that is enabled', 'EnableThing', 'create'],
    ['a reset', 'ResetThing', 'create'],
  ])('of nothing by %s', async (_, action, only) => {
    await register();
    await call(action);
    expect(await actions()).toEqual([only]);
  });

  test('of nothing by disabling a device twice, or deleting it twice', async () => {
    await register();
    for (const action of ['DisableThing', 'DeleteDevice']) {
      await call(action);
      await call(action);
    }
    expect(await actions()).toEqual(['create', 'disable', 'delete']);
  });

  test.each([
    ['RegisterDevice', { DeviceName: 'a b' }],
    ['RegisterDevice', { ProductKey: 'a1Unknown00' }],
    ['DisableThing', { DeviceName: 'dev_404' }],
    ['DeleteDevice', { IotId: 'nobody' }],
  ])('of nothing by a refused %s', async (action, params) => {
    expect(await call(action, params)).toMatchObject({ Success: false });
    expect(await published()).toEqual([]);
  });
});

describe('where the bus fails', () => {
  test('disabling fails, stands all the same, and is told by the next try', async () => {
    await register();
    await published();
    const mend = breakBus();
    expect(await call('DisableThing')).toMatchObject({ Code: 'InternalError' });
    expect(Object((await call('GetDeviceStatus'))['Data'])).toMatchObject({ Status: 'DISABLE' });
    mend();
    expect(await call('DisableThing')).toMatchObject({ Success: true });
    expect(await actions()).toEqual(['disable']);
  });

  test('the connection of a disabled device is ended nevertheless', async () => {
    await register();
    api.downlink.connected.add(`${ProductKey}/${DeviceName}`);
    breakBus();
    await call('DisableThing');
    expect([...api.downlink.connected]).toEqual([]);
  });

  test('registering fails, and the next try, which is refused, has the device told', async () => {
    const mend = breakBus();
    expect(await call('RegisterDevice')).toMatchObject({ Code: 'InternalError' });
    mend();
    expect(await call('RegisterDevice')).toMatchObject({
      Code: 'iot.device.AlreadyExistedDeviceName',
    });
    const { DeviceSecret } = Object((await call('QueryDeviceDetail'))['Data']);
    const messages = await published();
    const opened = messages.map((one) => jsonBodyOf(withOpenSecret(one, api.registry.sealing)));
    expect(opened).toMatchObject([{ action: 'create', deviceSecret: DeviceSecret }]);
  });
});

describe('of a batch', () => {
  const named = { 'DeviceName.1': 'lamp-1', 'DeviceName.2': 'lamp-2' };
  const names = async () => (await published()).map(({ deviceName }) => deviceName).sort();

  test('the bus is told of each device once, however often it is asked for', async () => {
    const { ApplyId } = Object((await call('BatchCheckDeviceNames', named))['Data']);
    for (const _ of [1, 2]) await call('BatchRegisterDeviceWithApplyId', { ApplyId });
    await call('QueryBatchRegisterDeviceStatus', { ApplyId });
    expect(await names()).toEqual(['lamp-1', 'lamp-2']);
  });

  test('made by count, the bus is told of all', async () => {
    await call('BatchRegisterDevice', { Count: 130 });
    const messages = await published();
    expect(new Set(messages.map(({ iotId }) => iotId)).size).toBe(130);
    expect(messages.map((one) => Object(jsonBodyOf(one)).action)).toEqual(
      Array.from({ length: 130 }, () => 'create'),
    );
  });

  test('that was cut short, the bus is told of all in the end', async () => {
    const { ApplyId } = Object((await call('BatchCheckDeviceNames', named))['Data']);
    const { store } = api.registry;
    api.registry.store = failInserts(store, 'devices', 1);
    expect(await call('BatchRegisterDeviceWithApplyId', { ApplyId })).toMatchObject({
      Code: 'InternalError',
    });
    api.registry.store = store;
    await call('QueryBatchRegisterDeviceStatus', { ApplyId });
    expect(await names()).toEqual(['lamp-1', 'lamp-2']);
  });

  test('of names that are taken, the bus is told of the others', async () => {
    const { ApplyId } = Object((await call('BatchCheckDeviceNames', named))['Data']);
    await register({ DeviceName: 'lamp-2' });
    await published();
    await call('BatchRegisterDeviceWithApplyId', { ApplyId });
    expect(await names()).toEqual(['lamp-1']);
  });
});
