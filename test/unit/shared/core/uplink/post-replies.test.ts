import { beforeEach, describe, expect, test } from 'vitest';
import { drainBus } from '../../../../support/drain-bus.ts';
import { openUplink, type TestUplink } from '../../../../support/uplink.ts';

const PROPERTY_POST = 'thing/event/property/post';
const OVERHEAT_POST = 'thing/event/Overheat/post';

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const post = (params: unknown, more: object = {}) => ({
  id: '17',
  version: '1.0',
  params,
  ...more,
});
const published = () => drainBus(uplink.parts.bus);

describe('a property post', () => {
  test('is answered on its topic and _reply, with the members in the order of the platform', async () => {
    const taken = await uplink.take(uplink.sys(PROPERTY_POST), post({ LightSwitch: 1 }));
    const [reply] = taken.replies;
    expect(reply).toMatchObject({
      productKey: uplink.device.productKey,
      deviceName: 'dev_001',
      topic: uplink.sys('thing/event/property/post_reply'),
      qos: 0,
    });
    expect(Buffer.from(reply?.payload ?? []).toString()).toBe(
      '{"code":200,"data":{},"id":"17","message":"success","method":"thing.event.property.post","version":"1.0"}',
    );
    expect(taken.outcome).toEqual({ ok: true, value: (await published())[0]?.messageId });
  });

  test.each([
    ['a number', 1_700_000_000, '1700000000'],
    ['that of the Node SDK', '1|exp-topic|/sys/a/b/thing/event/property/post_reply', undefined],
    ['text with quotes', '"7\\', undefined],
    ['none', undefined, ''],
  ])('gets its id back as the very same text: %s', async (_, id, back) => {
    const { body } = await uplink.ask(PROPERTY_POST, { id, params: { LightSwitch: 1 } });
    expect(body['id']).toBe(back ?? id);
  });

  test('needs neither version nor method', async () => {
    const { body } = await uplink.ask(PROPERTY_POST, { id: 5, params: { LightSwitch: 1 } });
    expect(body).toMatchObject({ code: 200, id: '5', method: 'thing.event.property.post' });
  });

  test('hears which values failed where validation is weak', async () => {
    const params = { Foo: 1, temperature: { value: 126 }, LightSwitch: 1, ['__proto__']: 3 };
    const text = JSON.stringify(post({ ...params })).replace('{"Foo"', '{"__proto__":3,"Foo"');
    const { body } = await uplink.ask(PROPERTY_POST, Buffer.from(text));
    expect(body['code']).toBe(200);
    expect(Object.entries(body['data'] ?? {})).toEqual([
      ['__proto__', 'tsl parse: params not exist'],
      ['Foo', 'tsl parse: params not exist'],
      ['temperature', 'tsl parse: float specs error'],
    ]);
  });

  test('hears the code of its first fault where validation is strong', async () => {
    uplink = await openUplink({ validation: 'strong' });
    const { body } = await uplink.ask(PROPERTY_POST, post({ Foo: 1 }));
    expect(body).toEqual({
      code: 6304,
      data: {},
      id: '17',
      message: 'tsl parse: params not exist -> Foo',
      method: 'thing.event.property.post',
      version: '1.0',
    });
    expect(await published()).toEqual([]);
  });

  const many = Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`p${at}`, at]));
  test.each([
    ['no JSON', Buffer.from('{"id":"17"'), 6207, ''],
    ['an array', [], 6207, ''],
    ['nothing', Buffer.alloc(0), 6207, ''],
    ['no params', { id: '17' }, 460, '17'],
    ['params of text', post('{}'), 460, '17'],
    ['an id of an object', { id: {}, params: { LightSwitch: 1 } }, 460, ''],
    ['empty params', post({}), 460, '17'],
    ['params of an array', post([]), 6301, '17'],
    ['over 500 properties', post(many), 6106, '17'],
  ])('with %s is refused, and hears the code', async (_, sent, code, id) => {
    const taken = await uplink.take(uplink.sys(PROPERTY_POST), sent);
    expect(taken.outcome.ok).toBe(false);
    expect(await uplink.ask(PROPERTY_POST, sent)).toMatchObject({
      topic: uplink.sys('thing/event/property/post_reply'),
      body: { code, id },
    });
    expect(await published()).toEqual([]);
  });

  test('hears 500 where it could not be kept', async () => {
    await uplink.parts.bus.close();
    const { body } = await uplink.ask(PROPERTY_POST, post({ LightSwitch: 1 }));
    expect(body).toMatchObject({ code: 500, id: '17', message: 'server error' });
  });
});

describe('an event post', () => {
  test.each([
    ['in a wrapper', { value: { level: 2 }, time: 1_700_000_000_000 }],
    ['bare, as the Node SDK sends it', { level: 2 }],
  ])('is answered with the method of its topic: %s', async (_, params) => {
    expect(await uplink.ask(OVERHEAT_POST, post(params))).toEqual({
      topic: uplink.sys('thing/event/Overheat/post_reply'),
      qos: 0,
      body: {
        code: 200,
        data: {},
        id: '17',
        message: 'success',
        method: 'thing.event.Overheat.post',
        version: '1.0',
      },
    });
  });

  test('hears which outputs failed', async () => {
    const { body } = await uplink.ask(OVERHEAT_POST, post({ value: { level: 9 } }));
    expect(body).toMatchObject({ code: 200, data: { level: 'tsl parse: enum specs error' } });
  });

  test('that no thing model has is listed, or refused where validation is strong', async () => {
    const weak = await uplink.ask('thing/event/Nothing/post', post({ value: {} }));
    expect(weak.body).toMatchObject({
      code: 200,
      data: { Nothing: 'tsl parse: method not exist' },
    });
    uplink = await openUplink({ validation: 'strong' });
    const strong = await uplink.ask('thing/event/Nothing/post', post({ value: {} }));
    expect(strong.body).toMatchObject({ code: 6300, id: '17' });
  });
});

describe('no reply is for', () => {
  const silent = { sys: { ack: 0 } };
  const posts: [string, string, unknown][] = [
    ['a post that wants none', PROPERTY_POST, post({ LightSwitch: 1 }, silent)],
    ['a refused post that wants none', PROPERTY_POST, post({}, silent)],
    ['a request that wants none', 'thing/topo/get', post({}, silent)],
    ['raw data', 'thing/model/up_raw', Buffer.from([0, 255])],
  ];
  test.each(posts)('%s', async (_, suffix, body) => {
    expect((await uplink.take(uplink.sys(suffix), body)).replies).toEqual([]);
  });

  test('what comes over HTTP, accepted or refused', async () => {
    for (const params of [{ LightSwitch: 1 }, {}]) {
      const taken = await uplink.take(uplink.sys(PROPERTY_POST), post(params), 'http');
      expect(taken.replies).toEqual([]);
    }
  });

  test('a topic that is not the device’s', async () => {
    const foreign = `/sys/${uplink.device.productKey}/dev_002/${PROPERTY_POST}`;
    expect(await uplink.take(foreign, post({ LightSwitch: 1 }))).toMatchObject({
      outcome: { failure: { kind: 'topic-refused' } },
      replies: [],
    });
  });

  test('a custom topic', async () => {
    const topic = `/${uplink.device.productKey}/dev_001/user/update`;
    expect((await uplink.take(topic, { id: '1', params: {} })).replies).toEqual([]);
  });

  test('the device’s own answers', async () => {
    const reply = { id: '1', code: 200, data: {} };
    const taken = await uplink.take(uplink.sys('thing/service/property/set_reply'), reply);
    expect(taken).toMatchObject({ outcome: { ok: true }, replies: [] });
  });
});
