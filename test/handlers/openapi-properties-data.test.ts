import { beforeEach, describe, expect, test } from 'vitest';
import { historySort } from '../../shared/core/history/history-sort.ts';
import { registerApiDevice } from '../support/api-device.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let device: Params;

beforeEach(async () => {
  api = await openTestApi();
  device = await registerApiDevice(api);
  const { body } = await api.call('QueryDeviceDetail', device);
  const iotId = String(Object(body['Data']).IotId);
  const rows = [{ Temp: 1.5 }, { Temp: 2, Switch: 1 }, { Switch: 0, Note: 'x' }, { Temp: 3 }];
  const table = api.registry.store.table('property_history');
  for (const [at, values] of rows.entries()) {
    const timeMs = NOW_MS + at;
    const key = { partition: iotId, sort: historySort(timeMs, `${at}`) };
    await table.insert(key, { messageId: `${at}`, timeMs, values });
  }
});

const stretch = { Asc: 1, StartTime: NOW_MS, EndTime: NOW_MS + 99, PageSize: 50 };
const both = { 'Identifier.1': 'Switch', 'Identifier.2': 'Temp' };
const query = async (params: Params) =>
  (await api.call('QueryDevicePropertiesData', { ...device, ...stretch, ...params })).body;
const info = (at: number, Value: string) => ({ Time: NOW_MS + at, Value });
const series = (Identifier: string, PropertyInfo: readonly object[]) => ({
  Identifier,
  List: { PropertyInfo },
});

describe('QueryDevicePropertiesData', () => {
  test('shows each property in the order of the call, times as numbers, values as text', async () => {
    expect(await query({ ...both, 'Identifier.3': 'Absent' })).toEqual({
      RequestId: expect.any(String),
      Success: true,
      NextValid: false,
      PropertyDataInfos: {
        PropertyDataInfo: [
          series('Switch', [info(1, '1'), info(2, '0')]),
          series('Temp', [info(0, '1.5'), info(1, '2'), info(3, '3')]),
          series('Absent', []),
        ],
      },
    });
  });

  test('ends where one of them is full, and goes on from there for all', async () => {
    const first = await query({ ...both, PageSize: 2 });
    expect(first).toMatchObject({
      NextValid: true,
      NextTime: NOW_MS + 3,
      PropertyDataInfos: {
        PropertyDataInfo: [
          series('Switch', [info(1, '1'), info(2, '0')]),
          series('Temp', [info(0, '1.5'), info(1, '2')]),
        ],
      },
    });
    const rest = await query({ ...both, PageSize: 2, StartTime: Number(first['NextTime']) });
    expect(rest).toMatchObject({
      NextValid: false,
      PropertyDataInfos: {
        PropertyDataInfo: [series('Switch', []), series('Temp', [info(3, '3')])],
      },
    });
  });

  test('shows them the other way round, and each once', async () => {
    const twice = { 'Identifier.1': 'Temp', 'Identifier.2': 'Temp' };
    const body = await query({ ...twice, Asc: 0, PageSize: 1 });
    expect(body).toMatchObject({ NextValid: true, NextTime: NOW_MS + 1 });
    expect(body['PropertyDataInfos']).toEqual({
      PropertyDataInfo: [series('Temp', [info(3, '3')])],
    });
  });

  const eleven = Object.fromEntries(
    Array.from({ length: 11 }, (_, at) => [`Identifier.${at + 1}`, `p${at}`]),
  );

  test.each([
    { changed: { 'Identifier.1': '', 'Identifier.2': '' }, code: 'MissingParameter' },
    { changed: { 'Identifier.3': 'c', 'Identifier.5': 'e' }, code: 'MissingParameter' },
    { changed: eleven, code: 'iot.system.IllegalRequest' },
    { changed: { PageSize: 101 }, code: 'iot.common.InvalidPageParams' },
    { changed: { StartTime: 'now' }, code: 'iot.device.InvalidTimeBucket' },
    { changed: { Asc: '' }, code: 'MissingParameter' },
    { changed: { Asc: 'up' }, code: 'InvalidParameter' },
    { changed: { DeviceName: 'absent' }, code: 'iot.device.NotExistedDevice' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    expect((await query({ ...both, ...changed })).Code).toBe(code);
  });

  test('takes 10 properties, and refuses none', async () => {
    const { 'Identifier.11': _, ...ten } = eleven;
    expect((await query(ten)).Success).toBe(true);
    expect((await query({})).Code).toBe('MissingParameter');
  });
});
