import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { setLogMode } from '../../../../../shared/core/remote-config/log-config.ts';
import { setRemoteConfig } from '../../../../../shared/core/remote-config/remote-config.ts';
import { completeThingModel } from '../../../../../shared/core/tsl/complete-thing-model.ts';
import { drainBus } from '../../../../support/drain-bus.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { THING_MODEL } from '../../../../support/test-device.ts';
import { onlyReply, openUplink, PUBLIC_URL, type TestUplink } from '../../../../support/uplink.ts';

let uplink: TestUplink;

beforeEach(async () => {
  uplink = await openUplink();
});

const request = (params: unknown) => ({ id: '3', version: '1.0', params });
const bodyOf = async (suffix: string, params: unknown) =>
  (await uplink.ask(suffix, request(params))).body;

describe('a request', () => {
  test('is answered under its id and the method of its topic, and not published', async () => {
    const taken = await uplink.take(uplink.sys('thing/topo/get'), { id: 3, params: {} });
    expect(onlyReply(taken.replies, uplink.device)).toEqual({
      topic: uplink.sys('thing/topo/get_reply'),
      qos: 0,
      body: {
        code: 200,
        data: [],
        id: '3',
        message: 'success',
        method: 'thing.topo.get',
        version: '1.0',
      },
    });
    expect(taken.outcome).toMatchObject({ ok: true, value: expect.stringMatching(/^\d{18,19}$/) });
    expect(await drainBus(uplink.parts.bus)).toEqual([]);
  });

  test('may leave its params out', async () => {
    expect((await uplink.ask('thing/topo/get', { id: '3' })).body['code']).toBe(200);
  });

  test('that is no JSON hears 6207', async () => {
    const { body } = await uplink.ask('thing/config/get', Buffer.from('?'));
    expect(body).toMatchObject({ code: 6207, id: '', method: 'thing.config.get' });
  });

  test.each([
    ['thing/topo/add', 6401],
    ['thing/topo/delete', 6401],
    ['thing/sub/register', 6401],
    ['thing/list/found', 6401],
    ['thing/file/download', 6450],
    ['thing/job/get', 6450],
    ['thing/job/update', 6450],
    ['thing/lan/prefix/get', 6450],
    ['thing/awss/enrollee/match', 6450],
    ['thing/cipher/get', 6450],
    ['_thing/service/post', 6450],
    ['dev/core/service/dev', 6450],
  ])('to %s is refused with %i, not left without an answer', async (suffix, code) => {
    const taken = await uplink.take(uplink.sys(suffix), request([]));
    expect(onlyReply(taken.replies, uplink.device).body).toMatchObject({ code, id: '3' });
    expect(taken.outcome).toMatchObject({ failure: { kind: 'alink-refused', code } });
  });

  test('of a gateway for a sub-device is refused on the reply topic of its session', async () => {
    const session = `/ext/session/${uplink.device.productKey}/dev_001/combine/login`;
    const { replies } = await uplink.take(
      session,
      request({ productKey: 'a1Sub', deviceName: 's' }),
    );
    expect(onlyReply(replies, uplink.device)).toEqual({
      topic: `${session}_reply`,
      qos: 0,
      body: { code: 6401, data: {}, id: '3', message: 'topo relation not exist', version: '1.0' },
    });
  });

  test('for firmware finds none', async () => {
    expect(await bodyOf('thing/ota/firmware/get', { module: 'mcu' })).toMatchObject({
      code: 200,
      data: {},
    });
  });

  test.each(['thing/log/post', 'thing/status/update'])('to %s is passed on', async (suffix) => {
    expect(await bodyOf(suffix, [{ logLevel: 'ERROR' }])).toMatchObject({ code: 200, data: {} });
    expect(await drainBus(uplink.parts.bus)).toMatchObject([
      { kind: 'uplink', topic: uplink.sys(suffix) },
    ]);
  });
});

describe('the thing model', () => {
  test.each(['thing/dsltemplate/get', 'thing/dynamicTsl/get'])(
    'is given whole to %s',
    async (suffix) => {
      const { code, data } = await bodyOf(suffix, {});
      expect(code).toBe(200);
      expect(data).toEqual(completeThingModel(THING_MODEL));
    },
  );

  test('that is not there is refused with 5159', async () => {
    const { productKey } = uplink.device;
    const models = uplink.parts.store.table('thing_models');
    await models.remove({ partition: productKey, sort: 'default' });
    expect((await bodyOf('thing/dsltemplate/get', {}))['code']).toBe(5159);
  });
});

describe('the remote configuration', () => {
  const CONTENT = '{"温度":1}';
  const GET = { configScope: 'product', getType: 'file' };
  const set = () =>
    setRemoteConfig({ productKey: uplink.device.productKey, content: CONTENT }, uplink.parts);

  test('is given as size, digest and address', async () => {
    const { configId } = await set();
    expect(configId).toMatch(/^[0-9a-f]{32}$/);
    expect((await bodyOf('thing/config/get', GET))['data']).toEqual({
      configId,
      configSize: Buffer.byteLength(CONTENT),
      sign: createHash('sha256').update(CONTENT).digest('hex'),
      signMethod: 'Sha256',
      url: `${PUBLIC_URL}/config/${configId}`,
      getType: 'file',
    });
  });

  test('is refused with 6710 where there is none', async () => {
    expect(await bodyOf('thing/config/get', GET)).toMatchObject({ code: 6710, message: 'no data' });
  });

  test('is refused with 6713 where it is not asked for as a file', async () => {
    await set();
    expect((await bodyOf('thing/config/get', { getType: 'content' }))['code']).toBe(6713);
  });

  test('is refused with 6713 where devices could not fetch it', async () => {
    uplink = await openUplink({}, {});
    await set();
    expect((await bodyOf('thing/config/get', GET))['code']).toBe(6713);
  });
});

describe('the log configuration', () => {
  test.each([
    ['by default', undefined, 0],
    ['when it was set', 1, 1],
  ] as const)('tells whether to report the log: %s', async (_, set, mode) => {
    const { store } = uplink.parts;
    if (set !== undefined) await setLogMode(uplink.device.iotId, set, store);
    const params = { configScope: 'device', getType: 'content' };
    expect((await bodyOf('thing/config/log/get', params))['data']).toEqual({
      getType: 'content',
      content: { mode },
    });
  });
});

describe('a request for the time', () => {
  const ntp = (suffix: string) => `/ext/ntp/${uplink.device.productKey}/dev_001/${suffix}`;

  test.each([
    ['text', '1700000000000'],
    ['a number', 1_700_000_000_000],
  ])('is answered in text: %s', async (_, deviceSendTime) => {
    const { replies, outcome } = await uplink.take(ntp('request'), { deviceSendTime });
    expect(onlyReply(replies, uplink.device)).toEqual({
      topic: ntp('response'),
      qos: 0,
      body: {
        deviceSendTime: '1700000000000',
        serverRecvTime: String(START_MS),
        serverSendTime: String(START_MS),
      },
    });
    expect(outcome.ok).toBe(true);
    expect(await drainBus(uplink.parts.bus)).toEqual([]);
  });

  test.each([
    ['without a time', {}],
    ['of garbage', Buffer.from('now')],
  ])('%s is refused', async (_, body) => {
    expect(await uplink.take(ntp('request'), body)).toMatchObject({
      outcome: { failure: { kind: 'malformed-request' } },
      replies: [],
    });
  });
});
