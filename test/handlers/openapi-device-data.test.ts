import { beforeEach, describe, expect, test } from 'vitest';
import { historySort } from '../../shared/core/history/history-sort.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let device: { ProductKey: string; DeviceName: string };
let iotId: string;

beforeEach(async () => {
  api = await openTestApi();
  const product = await api.call('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  device = { ProductKey: String(product.body['ProductKey']), DeviceName: 'dev_001' };
  const { body } = await api.call('RegisterDevice', device);
  iotId = String(Object(body['Data']).IotId);
});

const property = (identifier: string, dataType: object) => ({
  identifier,
  name: identifier.toLowerCase(),
  accessMode: 'r',
  required: false,
  dataType,
});
const number = (identifier: string) => ({
  identifier,
  name: identifier,
  dataType: { type: 'int', specs: {} },
});

async function importTsl(properties: readonly object[], params: Params = {}) {
  const profile = { productKey: device.ProductKey };
  const TslStr = JSON.stringify({ profile, properties, events: [], services: [] });
  const { body } = await api.call('ImportThingModelTsl', { ...device, TslStr, ...params });
  expect(body).toMatchObject({ Success: true });
}

async function hold(values: Readonly<Record<string, unknown>>) {
  const properties = Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      { value, time: NOW_MS, messageId: '1', arrivedAtMs: NOW_MS },
    ]),
  );
  const state = { properties, lastMessageAtMs: NOW_MS };
  await api.registry.store.table('thing_state').insert({ partition: iotId }, state);
}

describe('QueryDevicePropertyStatus', () => {
  const statusOf = async (params: Params = {}) => {
    const { body } = await api.call('QueryDevicePropertyStatus', { ...device, ...params });
    return Object(body['Data']).List.PropertyStatusInfo;
  };

  test('shows the properties of the TSL, with a value where there is one, always as text', async () => {
    await importTsl([
      property('Temp', {
        type: 'float',
        specs: { min: '-40', max: '125', step: '0.1', unit: '°C' },
      }),
      property('Switch', { type: 'bool', specs: { '0': 'off', '1': 'on' } }),
      property('Note', { type: 'text', specs: { length: '64' } }),
      property('Place', { type: 'struct', specs: [number('x')] }),
      property('Silent', { type: 'int', specs: { min: '0', max: '9', step: '1' } }),
    ]);
    await hold({ Temp: 21.5, Switch: 1, Note: 'hi', Place: { x: 1 }, Unknown: 1 });
    const Time = String(NOW_MS);
    expect(await statusOf()).toEqual([
      { Identifier: 'Temp', Name: 'temp', DataType: 'float', Unit: '°C', Value: '21.5', Time },
      { Identifier: 'Switch', Name: 'switch', DataType: 'bool', Unit: '', Value: '1', Time },
      { Identifier: 'Note', Name: 'note', DataType: 'text', Unit: '', Value: 'hi', Time },
      { Identifier: 'Place', Name: 'place', DataType: 'struct', Unit: '', Value: '{"x":1}', Time },
      { Identifier: 'Silent', Name: 'silent', DataType: 'int', Unit: '' },
    ]);
  });

  test('shows the properties of one module under its name', async () => {
    const level = property('Level', { type: 'int', specs: { min: '0', max: '100', step: '1' } });
    await importTsl([level], { FunctionBlockId: 'battery' });
    await hold({ 'battery:Level': 80 });
    expect(await statusOf()).toEqual([]);
    expect(await statusOf({ FunctionBlockId: 'battery' })).toMatchObject([
      { Identifier: 'battery:Level', Value: '80' },
    ]);
  });

  test('refuses a module that the product does not have', async () => {
    const params = { ...device, FunctionBlockId: 'absent' };
    const { body } = await api.call('QueryDevicePropertyStatus', params);
    expect(body).toMatchObject({ Success: false, Code: 'iot.system.IllegalRequest' });
    expect(body['ErrorMessage']).toContain('no module absent');
  });
});

const history = { Asc: 1, StartTime: NOW_MS, EndTime: NOW_MS + 99, PageSize: 50 };

describe('QueryDevicePropertyData', () => {
  beforeEach(async () => {
    const table = api.registry.store.table('property_history');
    for (const [at, values] of [
      { Temp: 1 },
      { Temp: 2, Other: 9 },
      { Other: 8 },
      { Temp: 3 },
    ].entries()) {
      const timeMs = NOW_MS + at;
      const row = { messageId: `${at}`, timeMs, values };
      await table.insert({ partition: iotId, sort: historySort(timeMs, `${at}`) }, row);
    }
  });

  const query = async (params: Params) => {
    const sent = { ...device, ...history, Identifier: 'Temp', ...params };
    return (await api.call('QueryDevicePropertyData', sent)).body;
  };
  const info = (time: number, Value: string) => ({ Time: String(NOW_MS + time), Value });

  test('shows one property in order of time', async () => {
    expect((await query({}))['Data']).toEqual({
      List: { PropertyInfo: [info(0, '1'), info(1, '2'), info(3, '3')] },
      NextValid: false,
    });
  });

  test('shows it the other way round, from the later time', async () => {
    const params = { Asc: 0, StartTime: history.EndTime, EndTime: history.StartTime, PageSize: 2 };
    expect((await query(params))['Data']).toEqual({
      List: { PropertyInfo: [info(3, '3'), info(1, '2')] },
      NextValid: true,
      NextTime: NOW_MS,
    });
  });

  test('shows nothing of a property that never was', async () => {
    const { List } = Object((await query({ Identifier: 'constructor' }))['Data']);
    expect(List).toEqual({ PropertyInfo: [] });
  });

  test.each([
    { changed: { Asc: '' }, code: 'MissingParameter' },
    { changed: { Asc: 2 }, code: 'iot.system.IllegalRequest' },
    { changed: { Asc: 'up' }, code: 'InvalidParameter' },
    { changed: { StartTime: '' }, code: 'MissingParameter' },
    { changed: { StartTime: -1 }, code: 'iot.device.InvalidTimeBucket' },
    { changed: { EndTime: '1e12' }, code: 'iot.device.InvalidTimeBucket' },
    { changed: { EndTime: 10_000_000_000_000 }, code: 'iot.device.InvalidTimeBucket' },
    { changed: { PageSize: 101 }, code: 'iot.common.InvalidPageParams' },
    { changed: { Identifier: '' }, code: 'MissingParameter' },
    { changed: { DeviceName: 'absent' }, code: 'iot.device.NotExistedDevice' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await query(changed)).Code).toBe(code);
  });
});

describe('QueryDeviceEventData', () => {
  beforeEach(async () => {
    const table = api.registry.store.table('event_history');
    for (const [at, type] of ['info', 'alert', 'info'].entries()) {
      const timeMs = NOW_MS + at;
      const identifier = type === 'info' ? 'Moved' : 'Overheat';
      const row = { messageId: `${at}`, timeMs, identifier, name: `${at}`, type, value: { at } };
      await table.insert({ partition: iotId, sort: historySort(timeMs, `${at}`) }, row);
    }
  });

  const query = async (params: Params) =>
    (await api.call('QueryDeviceEventData', { ...device, ...history, ...params })).body;
  const namesOf = async (params: Params) =>
    Object((await query(params))['Data']).List.EventInfo.map(({ Name }: { Name: string }) => Name);

  test('shows an event with its output as JSON text', async () => {
    expect((await query({ PageSize: 1 }))['Data']).toEqual({
      List: {
        EventInfo: [
          {
            EventType: 'info',
            Identifier: 'Moved',
            Name: '0',
            OutputData: '{"at":0}',
            Time: String(NOW_MS),
          },
        ],
      },
      NextValid: true,
      NextTime: NOW_MS + 1,
    });
  });

  test('shows all events, those of one type or of one identifier', async () => {
    expect(await namesOf({})).toEqual(['0', '1', '2']);
    expect(await namesOf({ EventType: 'alert' })).toEqual(['1']);
    expect(await namesOf({ Identifier: 'Moved', Asc: 0 })).toEqual(['2', '0']);
    expect(await namesOf({ Identifier: 'Moved', EventType: 'alert' })).toEqual([]);
  });

  test.each([
    { changed: { EventType: 'odd' }, code: 'iot.system.IllegalRequest' },
    { changed: { PageSize: '' }, code: 'MissingParameter' },
    { changed: { IotId: 'absent' }, code: 'iot.device.NotExistedDevice' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await query(changed)).Code).toBe(code);
  });
});
