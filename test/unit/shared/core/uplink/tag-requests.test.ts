import { beforeEach, describe, expect, test } from 'vitest';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

const UPDATE = 'thing/deviceinfo/update';
const DELETE = 'thing/deviceinfo/delete';
const GET = 'thing/deviceinfo/get';

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const ask = async (suffix: string, params: unknown) =>
  (await uplink.ask(suffix, { id: '3', version: '1.0', params })).body;
const tag = (attrKey: string, attrValue: unknown) => ({ attrKey, attrValue });
const many = (count: number, prefix = 'k') =>
  Array.from({ length: count }, (_, at) => tag(`${prefix}${at}`, 'v'));
const tags = async () => (await ask(GET, {}))['data'];

describe('tags of a device', () => {
  test('are added to those that there are, and changed', async () => {
    await ask(UPDATE, [tag('Room', 'B12'), tag('Floor', '2')]);
    expect(await ask(UPDATE, [tag('Floor', '3'), tag('_x.y', '')])).toMatchObject({
      code: 200,
      data: {},
      method: 'thing.deviceinfo.update',
    });
    expect(await tags()).toEqual([tag('Room', 'B12'), tag('Floor', '3'), tag('_x.y', '')]);
  });

  test('are published as the platform routes them', async () => {
    const { outcome } = await uplink.take(uplink.sys(UPDATE), {
      id: '3',
      params: [{ ...tag('SYS_SDK_LANGUAGE', 'C'), domain: 'SYSTEM' }],
    });
    await ask(DELETE, [{ attrKey: 'SYS_SDK_LANGUAGE' }]);
    const messages = await drainBus(uplink.parts.bus);
    const { productKey, deviceName, iotId } = uplink.device;
    expect(outcome).toEqual({ ok: true, value: messages[0]?.messageId });
    const about = { iotId, productKey, deviceName, messageCreateTime: START_MS };
    expect(messages).toMatchObject([{ kind: 'tags' }, { kind: 'tags' }]);
    expect(messages.map(({ topic }) => topic)).toEqual(
      Array.from({ length: 2 }, () => `/${productKey}/${deviceName}/thing/deviceinfo/update`),
    );
    expect(messages.map(jsonBodyOf)).toEqual([
      { action: 'update', ...about, value: [tag('SYS_SDK_LANGUAGE', 'C')] },
      { action: 'delete', ...about, value: [{ attrKey: 'SYS_SDK_LANGUAGE' }] },
    ]);
  });

  test.each([
    ['a single one outside a list', tag('Room', 'B12'), 'B12'],
    ['a number', [tag('Room', 12)], '12'],
  ])('may come as %s', async (_, params, value) => {
    expect((await ask(UPDATE, params))['code']).toBe(200);
    expect(await tags()).toEqual([tag('Room', value)]);
  });

  test('are at most 100, and one too many changes none', async () => {
    expect((await ask(UPDATE, many(100)))['code']).toBe(200);
    expect((await ask(UPDATE, [tag('k0', 'new'), tag('Room', '1')]))['code']).toBe(460);
    expect((await ask(UPDATE, [tag('k1', 'new')]))['code']).toBe(200);
    const kept = await tags();
    expect(kept).toHaveLength(100);
    expect(kept).toContainEqual(tag('k0', 'v'));
    expect(kept).toContainEqual(tag('k1', 'new'));
  });

  const refused: [string, unknown][] = [
    ['none', []],
    ['over 200', many(201)],
    ['text', ['Room']],
    ['a key that begins with a digit', [tag('1Room', 'x')]],
    ['a key of other characters', [tag('Ro om', 'x')]],
    ['a key of 101 characters', [tag('k'.repeat(101), 'x')]],
    ['an empty key', [tag('', 'x')]],
    ['no value', [{ attrKey: 'Room' }]],
    ['a value of an object', [tag('Room', {})]],
    ['a value of 1025 characters', [tag('Room', 'x'.repeat(1025))]],
  ];
  test.each(refused)('that are %s are refused with 460', async (_, params) => {
    expect((await ask(UPDATE, params))['code']).toBe(460);
    expect(await drainBus(uplink.parts.bus)).toEqual([]);
  });

  test.each([
    ['objects, as the Node SDK sends them', [{ attrKey: 'a' }, { attrKey: 'b' }]],
    ['bare keys', ['a', 'b']],
  ])('are deleted by %s', async (_, params) => {
    await ask(UPDATE, [tag('a', '1'), tag('b', '2'), tag('c', '3')]);
    expect((await ask(DELETE, params))['code']).toBe(200);
    expect(await tags()).toEqual([tag('c', '3')]);
  });

  test.each([[[]], [{}], [[1]], [[{}]]])('are not deleted by %j', async (params) => {
    await ask(UPDATE, [tag('a', '1')]);
    expect((await ask(DELETE, params))['code']).toBe(460);
    expect(await tags()).toEqual([tag('a', '1')]);
  });

  test('that are not there may be deleted', async () => {
    expect((await ask(DELETE, ['a']))['code']).toBe(200);
  });

  test('are given by name', async () => {
    await ask(UPDATE, [tag('a', '1'), tag('b', '2')]);
    expect((await ask(GET, [{ attrKey: 'b' }, { attrKey: 'c' }]))['data']).toEqual([tag('b', '2')]);
  });

  test('of two updates at once are all kept', async () => {
    await ask(UPDATE, [tag('first', '')]);
    await Promise.all(many(8).map((one) => ask(UPDATE, [one])));
    expect(await tags()).toHaveLength(9);
  });
});
