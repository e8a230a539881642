import { beforeEach, describe, expect, test } from 'vitest';
import type { DesiredRecord } from '../../../../../shared/model/tables.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

const GET = 'thing/property/desired/get';
const DELETE = 'thing/property/desired/delete';

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
  const { store } = uplink.parts;
  const properties: DesiredRecord['properties'] = {
    Temp: { value: 25, version: 3, changedAtMs: 1 },
    Switch: { value: 0, version: 1, changedAtMs: 1 },
    Gone: { value: null, version: 7, changedAtMs: 1 },
  };
  await store
    .table('desired_properties')
    .insert({ partition: uplink.device.iotId }, { properties });
});

const ask = async (suffix: string, params: unknown) => {
  const { body } = await uplink.ask(suffix, { id: '3', version: '1.0', params });
  return { code: body['code'], data: body['data'] };
};
const names = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`);
const TEMP = { value: 25, version: 3 };
const SWITCH = { value: 0, version: 1 };

describe('the desired values of a device', () => {
  test.each([
    ['a list of names', ['Temp', 'Gone', 'Unset'], { Temp: TEMP }],
    ['an object with the names', { Temp: {}, Switch: {} }, { Temp: TEMP, Switch: SWITCH }],
    ['an empty list', [], { Temp: TEMP, Switch: SWITCH }],
    ['an empty object', {}, { Temp: TEMP, Switch: SWITCH }],
  ])('are given to %s, without those that are not set', async (_, params, data) => {
    expect(await ask(GET, params)).toEqual({ code: 200, data });
  });

  test('are none before the first is set', async () => {
    uplink = await openUplink();
    expect(await ask(GET, ['Temp'])).toEqual({ code: 200, data: {} });
  });

  test.each([
    ['numbers', [1], 460],
    ['objects', [{}], 460],
    ['over 200 names', names(201), 6104],
  ])('are refused to %s', async (_, params, code) => {
    expect(await ask(GET, params)).toEqual({ code, data: {} });
  });
});

describe('a device that clears desired values', () => {
  const left = async () => Object.keys((await ask(GET, [])).data ?? {});

  test.each([
    ['the version that it has', { Temp: { version: 3 } }, ['Switch']],
    ['its version as text', { Temp: { version: '3' } }, ['Switch']],
    ['another version', { Temp: { version: 2 } }, ['Temp', 'Switch']],
    ['no version', { Temp: {}, Switch: null }, []],
    ['the object in a list, as a sample has it', [{ Temp: { version: 3 }, Switch: {} }], []],
    ['several objects in a list', [{ Temp: {} }, { Switch: {} }], []],
    ['names that are not set', { Unset: {}, Gone: {} }, ['Temp', 'Switch']],
  ])('by %s', async (_, params, names) => {
    expect(await ask(DELETE, params)).toEqual({ code: 200, data: {} });
    expect(await left()).toEqual(names);
  });

  test('leaves the version where it is', async () => {
    await ask(DELETE, { Temp: {} });
    const key = { partition: uplink.device.iotId };
    const record = await uplink.parts.store.table('desired_properties').read(key);
    expect(record?.value.properties['Temp']).toMatchObject({ value: null, version: 3 });
  });

  test.each([
    ['nothing', {}, 460],
    ['an empty list', [], 460],
    ['names alone', ['Temp'], 460],
    ['a version outside an object', { Temp: 3 }, 460],
    ['over 200 names', Object.fromEntries(names(201).map((name) => [name, {}])), 6104],
  ])('by %s is refused', async (_, params, code) => {
    expect(await ask(DELETE, params)).toEqual({ code, data: {} });
    expect(await left()).toEqual(['Temp', 'Switch']);
  });
});
