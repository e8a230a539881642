import { beforeEach, describe, expect, test } from 'vitest';
import type { DownlinkMessage } from '../../shared/ports/downlink.ts';
import {
  type ApiDevice,
  answerWith,
  connect,
  expireAnswersAtOnce,
  registerApiDevice,
  replyText,
} from '../support/api-device.ts';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;
let device: ApiDevice;
let prefix: string;

beforeEach(async () => {
  api = await openTestApi();
  device = await registerApiDevice(api);
  prefix = `/${device.ProductKey}/${device.DeviceName}`;
});

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

const REQUEST = { RequestBase64Byte: base64('{"power":200}'), Timeout: 8000 };

const rrpc = async (params: Params = {}) =>
  (await api.call('RRpc', { ...device, ...REQUEST, ...params })).body;

const onResponseTopic = ({ topic }: DownlinkMessage) => topic.replace('/request/', '/response/');

describe('RRpc on the system topic', () => {
  test('answers with what the device says', async () => {
    connect(api, device);
    answerWith(api, (message) => ({ topic: onResponseTopic(message), payload: '{"bizCode":0}' }));
    const text = await replyText(api, 'RRpc', { ...device, ...REQUEST });
    expect(JSON.parse(text)).toEqual({
      RequestId: expect.any(String),
      Success: true,
      MessageId: expect.any(Number),
      RrpcCode: 'SUCCESS',
      PayloadBase64Byte: base64('{"bizCode":0}'),
    });
    const [, messageId] = /"MessageId":(\d{18}),/.exec(text) ?? [];
    expect(api.downlink.published).toEqual([
      {
        productKey: device.ProductKey,
        deviceName: device.DeviceName,
        topic: `/sys${prefix}/rrpc/request/${messageId}`,
        payload: Buffer.from('{"power":200}'),
        qos: 1,
        isTransient: true,
      },
    ]);
  });

  test('hands over an empty answer', async () => {
    connect(api, device);
    answerWith(api, (message) => ({ topic: onResponseTopic(message), payload: '' }));
    expect(await rrpc()).toMatchObject({ RrpcCode: 'SUCCESS', PayloadBase64Byte: '' });
  });

  test('says OFFLINE at once of a device that is away, and nothing is kept for it', async () => {
    expect(await rrpc()).toEqual({
      RequestId: expect.any(String),
      Success: true,
      MessageId: expect.any(Number),
      RrpcCode: 'OFFLINE',
    });
    expect(api.downlink.published).toEqual([]);
  });

  test('says TIMEOUT of a device that lives and does not answer, after the time that was given', async () => {
    connect(api, device);
    const waits = expireAnswersAtOnce(api);
    expect(await rrpc({ Timeout: 2500 })).toMatchObject({ Success: true, RrpcCode: 'TIMEOUT' });
    expect(waits).toEqual([2500]);
  });

  test('says HALFCONN of a connection over which nothing has come since', async () => {
    connect(api, device);
    expireAnswersAtOnce(api);
    const asked: number[] = [];
    api.registry.downlink = {
      ...api.downlink,
      liveness: async (_, sinceMs) => {
        asked.push(sinceMs);
        return 'half-open';
      },
    };
    expect(await rrpc()).toMatchObject({ Success: true, RrpcCode: 'HALFCONN' });
    expect(asked).toEqual([api.clock.nowMs]);
  });

  test('does not take the answer of another device, or to another request', async () => {
    connect(api, device);
    expireAnswersAtOnce(api);
    answerWith(api, (message) => ({
      topic: onResponseTopic(message).replace(device.DeviceName, 'dev_002'),
      payload: 'x',
    }));
    expect(await rrpc()).toMatchObject({ RrpcCode: 'TIMEOUT' });
    answerWith(api, (message) => ({ topic: `${onResponseTopic(message)}0`, payload: 'x' }));
    expect(await rrpc()).toMatchObject({ RrpcCode: 'TIMEOUT' });
  });

  test('is found as Rrpc, which pop-core makes of it', async () => {
    const { body } = await api.call('Rrpc', { ...device, ...REQUEST });
    expect(body).toMatchObject({ RrpcCode: 'OFFLINE' });
  });

  test('fails with the broker', async () => {
    connect(api, device);
    api.registry.downlink = {
      ...api.downlink,
      publish: async () => {
        throw new Error('no broker');
      },
    };
    expect(await rrpc()).toMatchObject({ Code: 'InternalError' });
  });
});

describe('RRpc on a custom topic', () => {
  test.each([
    ['that names the device', () => `${prefix}/user/cmd`],
    ['that names no device', () => '/charging/cmd'],
    ['of one level', () => '/cmd'],
  ])('%s goes out and comes back on the same one', async (_, topicOf) => {
    connect(api, device);
    // What the uplink side makes of a topic that names no device.
    const owned = (topic: string) =>
      topic.includes(prefix) ? topic : `${topic} ${prefix.slice(1)}`;
    answerWith(api, ({ topic }) => ({ topic: owned(topic), payload: 'ok' }));
    const body = await rrpc({ Topic: topicOf() });
    expect(body).toMatchObject({ RrpcCode: 'SUCCESS', PayloadBase64Byte: base64('ok') });
    const [sent] = api.downlink.published;
    expect(sent?.topic).toMatch(new RegExp(`^/ext/rrpc/\\d{18}${topicOf()}$`));
  });

  test('is taken with the line break that a published sample has behind it', async () => {
    connect(api, device);
    expireAnswersAtOnce(api);
    await rrpc({ Topic: '/charging/cmd\n' });
    expect(api.downlink.published[0]?.topic).toMatch(/^\/ext\/rrpc\/\d{18}\/charging\/cmd$/);
  });

  test.each(['charging', '/a//b', '/a/+', '/#', '/', `/${'x'.repeat(99)}`])(
    'is refused: %s',
    async (Topic) => {
      connect(api, device);
      const code = 'iot.messagebroker.InvalidFormattedTopicName';
      expect(await rrpc({ Topic })).toMatchObject({ Success: false, Code: code });
      expect(api.downlink.published).toEqual([]);
    },
  );
});

test.each([
  { changed: { Timeout: '' }, code: 'MissingParameter' },
  { changed: { Timeout: 999 }, code: 'iot.messagebroker.InvalidTimeoutValue' },
  { changed: { Timeout: 8001 }, code: 'iot.messagebroker.InvalidTimeoutValue' },
  { changed: { RequestBase64Byte: '' }, code: 'iot.messagebroker.NullMessageContent' },
  {
    changed: { RequestBase64Byte: '***' },
    code: 'iot.messagebroker.MessageContentIsNotBase64Encode',
  },
  { changed: { DeviceName: '' }, code: 'iot.device.NullDeviceName' },
  { changed: { DeviceName: 'absent' }, code: 'iot.device.NotExistedDevice' },
])('RRpc refuses $changed: $code', async ({ changed, code }) => {
  connect(api, device);
  expect((await rrpc(changed)).Code).toBe(code);
  expect(api.downlink.published).toEqual([]);
});

test('RRpc says that a device gets too much', async () => {
  api.registry.downlink = { ...api.downlink, publish: async () => 'rate-exceeded' };
  expect(await rrpc()).toMatchObject({ Success: false, Code: 'iot.messagebroker.RateLimit' });
});
