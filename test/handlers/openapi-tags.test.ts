import { beforeEach, describe, expect, test } from 'vitest';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import { drainBus, jsonBodyOf } from '../support/drain-bus.ts';
import { NOW_MS, openTestApi, type TestApi } from '../support/openapi.ts';
import { registerTestDevice, type TestDevice } from '../support/test-device.ts';

let api: TestApi;
let device: TestDevice;
let named: { ProductKey: string; DeviceName: string };

beforeEach(async () => {
  api = await openTestApi();
  device = await registerTestDevice(api.registry);
  named = { ProductKey: device.productKey, DeviceName: device.deviceName };
});

const save = async (props: unknown) => {
  const Props = typeof props === 'string' ? props : JSON.stringify(props);
  return (await api.call('SaveDeviceProp', { ...named, Props })).body;
};
const remove = async (PropKey: string) =>
  (await api.call('DeleteDeviceProp', { ...named, PropKey })).body;
const tags = async () => {
  const { body } = await api.call('QueryDeviceProp', named);
  return JSON.parse(String(body['Props']));
};
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']));
// What the API is given is a bus of memory.
const published = () => drainBus(api.registry.bus as MessageBus);

describe('tags of a device', () => {
  test('are none at first', async () => {
    const { body } = await api.call('QueryDeviceProp', named);
    expect(body).toMatchObject({ Success: true, Props: '{}' });
  });

  test('are saved beside the others, queried and deleted one by one', async () => {
    expect(await save({ color: 'red', shape: 'round' })).toMatchObject({ Success: true });
    await save({ color: 'blue', size: 3 });
    expect(await tags()).toEqual({ color: 'blue', shape: 'round', size: '3' });
    expect(await remove('shape')).toMatchObject({ Success: true });
    expect(await remove('shape')).toMatchObject({ Success: true });
    expect(await tags()).toEqual({ color: 'blue', size: '3' });
  });

  test('by iotId are those by name', async () => {
    await save({ color: 'red' });
    const { body } = await api.call('QueryDeviceProp', { IotId: device.iotId });
    expect(body['Props']).toBe('{"color":"red"}');
  });

  test('are published as the platform routes them', async () => {
    await save({ color: 'red' });
    await remove('color');
    const { productKey, deviceName, iotId } = device;
    const about = { iotId, productKey, deviceName, messageCreateTime: NOW_MS };
    const messages = await published();
    expect(messages.map(({ kind, transport }) => [kind, transport])).toEqual([
      ['tags', 'api'],
      ['tags', 'api'],
    ]);
    expect(messages.map(jsonBodyOf)).toEqual([
      { action: 'update', ...about, value: [{ attrKey: 'color', attrValue: 'red' }] },
      { action: 'delete', ...about, value: [{ attrKey: 'color' }] },
    ]);
  });

  test('are at most 100', async () => {
    await save(many(100));
    expect(await save({ more: '1' })).toMatchObject({
      Success: false,
      Code: 'iot.device.TooManyDevicePropertiesPerTime',
    });
    expect(Object.keys(await tags())).toHaveLength(100);
  });

  const refused: [string, unknown, string][] = [
    ['none', {}, 'iot.device.InvalidFormattedDevicePropertiesString'],
    ['no JSON', 'red', 'iot.device.InvalidFormattedDevicePropertiesString'],
    ['an array', [], 'iot.device.InvalidFormattedDevicePropertiesString'],
    ['a key with a blank', { 'a b': '1' }, 'iot.device.InvalidFormattedDevicePropertiesString'],
    ['an object as a value', { a: {} }, 'iot.device.InvalidFormattedDevicePropertiesString'],
    [
      'over 5 KB',
      {
        a: 'x'.repeat(1000),
        b: 'x'.repeat(1000),
        c: 'x'.repeat(1000),
        d: 'x'.repeat(1000),
        e: 'x'.repeat(1000),
        f: 'x'.repeat(1000),
      },
      'iot.device.InvalidFormattedDevicePropertiesString',
    ],
    ['over 100', many(101), 'iot.device.TooManyDevicePropertiesPerTime'],
    ['nothing at all', '', 'iot.device.NullDevicePropertiesString'],
  ];
  test.each(refused)('are refused as %s', async (_, props, code) => {
    expect(await save(props)).toMatchObject({ Success: false, Code: code });
    expect(await tags()).toEqual({});
    expect(await published()).toEqual([]);
  });

  test('are not deleted without a key', async () => {
    expect((await remove(''))['Code']).toBe('iot.device.NullDevicePropertyKey');
  });

  test.each(['SaveDeviceProp', 'QueryDeviceProp', 'DeleteDeviceProp'])(
    '%s refuses a device that there is not',
    async (action) => {
      const params = { ...named, DeviceName: 'dev_404', Props: '{"a":"1"}', PropKey: 'a' };
      expect((await api.call(action, params)).body['Code']).toBe('iot.device.NotExistedDevice');
    },
  );
});
