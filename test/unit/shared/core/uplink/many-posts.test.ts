import { beforeEach, describe, expect, test } from 'vitest';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

const HISTORY = 'thing/event/property/history/post';
const PACK = 'thing/event/property/pack/post';
const BATCH = 'thing/event/property/batch/post';
const T = START_MS - 60_000;

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const post = (params: unknown) => ({ id: '9', version: '1.0', params });
const self = () => ({ productKey: uplink.device.productKey, deviceName: 'dev_001' });
const sub = { productKey: 'a1Sub000001', deviceName: 's1' };
const listOf = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const mapOf = (count: number, item: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, item]));

/** What was published: the end of its topic, and its values. */
async function published(): Promise<[string, unknown, unknown][]> {
  const prefix = `/${uplink.device.productKey}/dev_001/thing/event/`;
  return (await drainBus(uplink.parts.bus)).map((message) => {
    expect(message.topic.startsWith(prefix)).toBe(true);
    const body = jsonBodyOf(message) as Record<string, unknown>;
    expect(body['requestId']).toBe('9');
    return [message.kind, message.topic.slice(prefix.length), body['items'] ?? body['value']];
  });
}

describe('a history post', () => {
  const own = () => ({
    identity: self(),
    properties: [
      { temperature: { value: 20, time: T }, LightSwitch: { value: 0, time: T } },
      { temperature: { value: 21, time: T + 1 } },
    ],
    events: [{ Overheat: { value: { level: 1 }, time: T + 2 } }],
  });

  test('is split into one message a record, on topics of history', async () => {
    const { outcome } = await uplink.take(uplink.sys(HISTORY), post([own()]));
    const ids = (await drainBus(uplink.parts.bus)).map(({ messageId }) => messageId);
    expect(ids).toHaveLength(3);
    expect(outcome).toEqual({ ok: true, value: ids[0] });
    const { topic, body } = await uplink.ask(HISTORY, post([own()]));
    expect(topic).toBe(uplink.sys('thing/event/property/history/post_reply'));
    expect(body).toMatchObject({
      code: 200,
      data: {},
      method: 'thing.event.property.history.post',
    });
    expect(await published()).toEqual([
      [
        'property',
        'property/history/post',
        { temperature: { value: 20, time: T }, LightSwitch: { value: 0, time: T } },
      ],
      ['property', 'property/history/post', { temperature: { value: 21, time: T + 1 } }],
      ['event', 'Overheat/history/post', { level: 1 }],
    ]);
  });

  test('passes what is the device’s own, and hears 6401 of the rest', async () => {
    const params = [{ ...own(), identity: sub }, own()];
    const taken = await uplink.take(uplink.sys(HISTORY), post(params));
    expect(taken.outcome.ok).toBe(true);
    expect(await published()).toHaveLength(3);
    expect((await uplink.ask(HISTORY, post(params))).body).toMatchObject({
      code: 6401,
      id: '9',
      message: 'topo relation not exist',
    });
  });

  test('of other devices alone is refused with 6401', async () => {
    const taken = await uplink.take(uplink.sys(HISTORY), post([{ ...own(), identity: sub }]));
    expect(taken.outcome).toMatchObject({ failure: { kind: 'alink-refused', code: 6401 } });
    expect(await published()).toEqual([]);
  });

  test('counts to 50 devices, 30 records and 20 events', async () => {
    const full = {
      identity: self(),
      properties: listOf(30, { LightSwitch: { value: 1, time: T } }),
      events: listOf(20, { Overheat: { value: { level: 1 }, time: T } }),
    };
    const others = listOf(49, { identity: sub, properties: [], events: [] });
    await uplink.take(uplink.sys(HISTORY), post([full, ...others]));
    expect(await published()).toHaveLength(50);
  });

  const refused: [string, () => unknown][] = [
    ['no entry', () => []],
    ['entries without data', () => [{ identity: self() }]],
    ['an object', () => ({})],
    ['an entry of text', () => ['x']],
    ['properties in an object', () => [{ ...own(), properties: {} }]],
    ['an event that is no object', () => [{ ...own(), events: [{ Overheat: 1 }] }]],
    ['an event that is no level of a topic', () => [{ ...own(), events: [{ 'a/b': {} }] }]],
    ['over 50 devices', () => listOf(51, own())],
    ['over 30 records', () => [{ ...own(), properties: listOf(31, { LightSwitch: 1 }) }]],
    ['over 20 events', () => [{ ...own(), events: listOf(21, { Overheat: {} }) }]],
    ['over 30 records in two entries', () => listOf(2, { properties: listOf(16, { a: 1 }) })],
    ['over 20 events in one record', () => [{ events: [mapOf(21, {})] }]],
  ];
  test.each(refused)('with %s is refused with 460, and none of it published', async (_, params) => {
    expect((await uplink.ask(HISTORY, post(params()))).body['code']).toBe(460);
    expect(await published()).toEqual([]);
  });
});

describe('a pack post', () => {
  test('is split into the posts of the device itself', async () => {
    const params = {
      properties: { temperature: { value: 20, time: T }, LightSwitch: { value: 1 } },
      events: { Overheat: { value: { level: 2 }, time: T } },
    };
    expect((await uplink.ask(PACK, post(params))).body).toMatchObject({ code: 200, data: {} });
    expect(await published()).toEqual([
      [
        'property',
        'property/post',
        { temperature: { value: 20, time: T }, LightSwitch: { value: 1, time: START_MS } },
      ],
      ['event', 'Overheat/post', { level: 2 }],
    ]);
  });

  test('hears which values failed', async () => {
    const params = { properties: { Foo: { value: 1 } }, events: { Overheat: { level: 7 } } };
    expect((await uplink.ask(PACK, post(params))).body).toMatchObject({
      code: 200,
      data: { Foo: 'tsl parse: params not exist', level: 'tsl parse: enum specs error' },
    });
  });

  test('is refused as a whole where one value fails strong validation', async () => {
    uplink = await openUplink({ validation: 'strong' });
    const params = { properties: { LightSwitch: 1 }, events: { Overheat: { level: 7 } } };
    expect((await uplink.ask(PACK, post(params))).body['code']).toBe(6309);
    expect(await published()).toEqual([]);
  });

  test('passes what is its own, and hears 6401 of its sub-devices', async () => {
    const subDevices = [{ identity: sub, properties: { LightSwitch: { value: 1 } } }];
    const params = { properties: { LightSwitch: { value: 1 } }, subDevices };
    expect((await uplink.ask(PACK, post(params))).body['code']).toBe(6401);
    expect(await published()).toHaveLength(1);
  });

  const limits: [string, unknown, number][] = [
    ['20 sub-devices', { subDevices: listOf(20, { identity: sub }) }, 6401],
    ['21 sub-devices', { subDevices: listOf(21, { identity: sub }) }, 6357],
    ['201 properties', { properties: mapOf(201, 1) }, 6106],
    [
      '201 properties of another',
      { subDevices: [{ identity: sub, properties: mapOf(201, 1) }] },
      6106,
    ],
    [
      '201 events',
      { events: mapOf(101, {}), subDevices: [{ identity: sub, events: mapOf(100, {}) }] },
      6356,
    ],
    ['nothing', {}, 460],
    ['an array', [], 460],
    ['properties in an array', { properties: [] }, 460],
    ['an event of text', { events: { Overheat: 'x' } }, 460],
  ];
  test.each(limits)('with %s is refused', async (_, params, code) => {
    expect((await uplink.ask(PACK, post(params))).body['code']).toBe(code);
    expect(await published()).toEqual([]);
  });
});

describe('a batch post', () => {
  test('becomes a post for each point in turn, and one for each event', async () => {
    const params = {
      properties: {
        temperature: [
          { value: 20, time: T },
          { value: 21, time: T + 1 },
        ],
        LightSwitch: [{ value: 1, time: T }],
      },
      events: {
        Overheat: [
          { value: { level: 1 }, time: T },
          { value: { level: 2 }, time: T + 1 },
        ],
      },
    };
    expect((await uplink.ask(BATCH, post(params))).body['code']).toBe(200);
    expect(await published()).toEqual([
      [
        'property',
        'property/post',
        { temperature: { value: 20, time: T }, LightSwitch: { value: 1, time: T } },
      ],
      ['property', 'property/post', { temperature: { value: 21, time: T + 1 } }],
      ['event', 'Overheat/post', { level: 1 }],
      ['event', 'Overheat/post', { level: 2 }],
    ]);
  });

  test('may have a single point outside a list', async () => {
    const params = { properties: { temperature: { value: 20, time: T } } };
    expect((await uplink.ask(BATCH, post(params))).body['code']).toBe(200);
    expect(await published()).toEqual([
      ['property', 'property/post', { temperature: { value: 20, time: T } }],
    ]);
  });

  const limits: [string, unknown, number][] = [
    ['201 points', { properties: { temperature: listOf(201, { value: 1 }) } }, 6106],
    ['201 events', { events: { Overheat: listOf(201, {}) } }, 6356],
    ['nothing', { properties: {}, events: {} }, 460],
    ['empty lists', { properties: { temperature: [] } }, 460],
    ['an event of text', { events: { Overheat: ['x'] } }, 460],
  ];
  test.each(limits)('with %s is refused', async (_, params, code) => {
    expect((await uplink.ask(BATCH, post(params))).body['code']).toBe(code);
    expect(await published()).toEqual([]);
  });
});

test('posts of several that cannot be kept hear 500', async () => {
  await uplink.parts.bus.close();
  const { body } = await uplink.ask(BATCH, post({ properties: { LightSwitch: [{ value: 1 }] } }));
  expect(body['code']).toBe(500);
});
