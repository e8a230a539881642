import { beforeEach, describe, expect, test } from 'vitest';
import { sentTexts } from '../support/downlink-messages.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';
import { registerTestDevice, type TestDevice, THING_MODEL } from '../support/test-device.ts';
import { property } from '../support/thing-models.ts';

let api: TestApi;
let device: TestDevice;
let named: { ProductKey: string; DeviceName: string };

beforeEach(async () => {
  api = await openTestApi();
  device = await registerTestDevice(api.registry);
  named = { ProductKey: device.productKey, DeviceName: device.deviceName };
});

const connect = () => api.downlink.connected.add(`${device.productKey}/${device.deviceName}`);

const set = async (items: unknown, versions?: unknown) => {
  const params: Params = {
    ...named,
    Items: JSON.stringify(items),
    ...(versions === undefined ? {} : { Versions: JSON.stringify(versions) }),
  };
  return (await api.call('SetDeviceDesiredProperty', params)).body;
};
const versionsOf = (body: Record<string, unknown>) =>
  JSON.parse((body['Data'] as { Versions: string }).Versions);

const query = async (params: Params = {}) => {
  const { body } = await api.call('QueryDeviceDesiredProperty', { ...named, ...params });
  return body;
};
const listOf = async (params: Params = {}) =>
  ((await query(params))['Data'] as { List: { DesiredPropertyInfo: unknown[] } }).List
    .DesiredPropertyInfo;

const LIGHT = { DataType: 'bool', Identifier: 'LightSwitch', Name: 'Light', Unit: '' };

describe('SetDeviceDesiredProperty', () => {
  test('counts versions from 1, property by property', async () => {
    expect(versionsOf(await set({ LightSwitch: 1 }, {}))).toEqual({ LightSwitch: 1 });
    expect(versionsOf(await set({ LightSwitch: 0 }))).toEqual({ LightSwitch: 2 });
    expect(await listOf()).toEqual([{ ...LIGHT, Time: String(NOW_MS), Value: '0', Version: 2 }]);
  });

  test('sends it at once to a device that is connected', async () => {
    connect();
    const body = await set({ LightSwitch: 1 });
    const { MessageId } = body['Data'] as { MessageId: string };
    expect(MessageId).toMatch(/^\d{1,10}$/);
    expect(Number(MessageId)).toBeLessThan(2 ** 31);
    const [message] = api.downlink.published;
    expect(message).toMatchObject({
      productKey: device.productKey,
      deviceName: device.deviceName,
      topic: `/sys/${device.productKey}/dev_001/thing/service/property/set`,
      qos: 1,
    });
    expect(sentTexts(api.downlink)).toEqual([
      `{"method":"thing.service.property.set","id":"${MessageId}","params":{"LightSwitch":1},"version":"1.0.0"}`,
    ]);
  });

  test('keeps it for a device that is away, and stores no message for it', async () => {
    expect((await set({ LightSwitch: 1 }))['Success']).toBe(true);
    expect(api.downlink.published).toEqual([]);
    expect(await listOf()).toMatchObject([{ Value: '1', Version: 1 }]);
  });

  test('succeeds where there is no way to devices, and says so in the log', async () => {
    const { registry } = api;
    registry.downlink.publish = () => Promise.reject(new Error('no broker'));
    expect((await set({ LightSwitch: 1 }))['Success']).toBe(true);
    expect(api.logged.map(({ message }) => message)).toContain('the device was not told');
  });

  test('clears by null, while the version goes on, and tells the device nothing', async () => {
    connect();
    await set({ LightSwitch: 1 });
    expect(versionsOf(await set({ LightSwitch: null }, { LightSwitch: 1 }))).toEqual({
      LightSwitch: 2,
    });
    expect(api.downlink.published).toHaveLength(1);
    expect(await listOf()).toEqual([{ ...LIGHT, Version: 2 }]);
  });

  test('is refused with another version than the stored one, and changes nothing', async () => {
    await set({ LightSwitch: 1 });
    for (const version of [0, 2]) {
      expect(await set({ LightSwitch: 0 }, { LightSwitch: version })).toMatchObject({
        Success: false,
        Code: 'iot.device.SetDevicePropertyFailed',
        ErrorMessage: 'The desired value of LightSwitch has version 1.',
      });
    }
    expect(await listOf()).toMatchObject([{ Value: '1', Version: 1 }]);
    expect(versionsOf(await set({ LightSwitch: 0 }, { LightSwitch: 1 }))).toEqual({
      LightSwitch: 2,
    });
  });

  test('takes version 0 for a property that has never been desired', async () => {
    expect(versionsOf(await set({ LightSwitch: 1 }, { LightSwitch: 0 }))).toEqual({
      LightSwitch: 1,
    });
  });

  test('loses none of the calls that come at once', async () => {
    const bodies = await Promise.all(Array.from({ length: 20 }, () => set({ LightSwitch: 1 })));
    const versions = bodies.map((body) => versionsOf(body).LightSwitch);
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(await listOf()).toMatchObject([{ Version: 20 }]);
  });

  test('lets one of two calls win that know the same version', async () => {
    await set({ LightSwitch: 1 });
    const known = { LightSwitch: 1 };
    const bodies = await Promise.all([0, 1].map((value) => set({ LightSwitch: value }, known)));
    expect(bodies.map(({ Success }) => Success).sort()).toEqual([false, true]);
  });

  const properties = Array.from({ length: 11 }, (_, at) =>
    property(`p${at}`, { type: 'bool', specs: {} }, 'rw'),
  );
  const bools = (count: number) =>
    Object.fromEntries(properties.slice(0, count).map(({ identifier }) => [identifier, 1]));

  test('takes 10 properties at once, and not 11', async () => {
    const key = { partition: device.productKey, sort: 'default' };
    const models = api.registry.store.table('thing_models');
    const found = await models.read(key);
    const record = { thingModel: { ...THING_MODEL, properties }, importedAtMs: 1 };
    await models.replace(key, record, found?.version ?? 0);
    expect((await set(bools(10)))['Success']).toBe(true);
    expect((await set(bools(11)))['Code']).toBe('iot.system.IllegalRequest');
  });

  const refused: [string, unknown, RegExp][] = [
    ['nothing', {}, /there is no property in it/],
    ['an array', [], /not a JSON object/],
    ['an unknown property', { Foo: 1 }, /params not exist -> Foo/],
    ['a property that is only read', { temperature: 1 }, /temperature is not read and written/],
    ['a value of another type', { LightSwitch: 'on' }, /bool specs error -> LightSwitch/],
  ];
  test.each(refused)('is refused with %s', async (_, items, text) => {
    const body = await set(items);
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toMatch(text);
    expect(await listOf()).toEqual([{ ...LIGHT, Version: 0 }]);
  });

  test('is refused for a device that there is not', async () => {
    named = { ...named, DeviceName: 'dev_404' };
    expect((await set({ LightSwitch: 1 }))['Code']).toBe('iot.device.NotExistedDevice');
  });
});

describe('QueryDeviceDesiredProperty', () => {
  test('lists what may be desired, with version 0 where nothing was', async () => {
    expect(await listOf()).toEqual([{ ...LIGHT, Version: 0 }]);
  });

  test('gives those that are named', async () => {
    expect(await listOf({ 'Identifier.1': 'LightSwitch' })).toHaveLength(1);
    expect((await query({ 'Identifier.1': 'temperature' }))['Code']).toBe(
      'iot.system.IllegalRequest',
    );
  });

  test('gives those of a module by its name', async () => {
    const thingModel = {
      ...THING_MODEL,
      functionBlockId: 'mod1',
      properties: [property('Fan', { type: 'bool', specs: {} }, 'rw')],
    };
    const key = { partition: device.productKey, sort: 'mod1' };
    await api.registry.store
      .table('thing_models')
      .insert(key, { thingModel, importedAtMs: NOW_MS });
    expect(versionsOf(await set({ 'mod1:Fan': 1 }))).toEqual({ 'mod1:Fan': 1 });
    const wanted = { FunctionBlockId: 'mod1', 'Identifier.1': 'Fan' };
    expect(await listOf(wanted)).toMatchObject([{ Identifier: 'mod1:Fan', Value: '1' }]);
    expect((await query({ FunctionBlockId: 'mod2' }))['Code']).toBe('iot.system.IllegalRequest');
  });
});
