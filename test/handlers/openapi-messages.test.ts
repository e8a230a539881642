import { beforeEach, describe, expect, test } from 'vitest';
import { type ApiDevice, connect, registerApiDevice, replyText } from '../support/api-device.ts';
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
const reached = () =>
  api.downlink.published.map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]);

describe('Pub', () => {
  const pub = async (params: Params = {}) => {
    const TopicFullName = `${prefix}/user/get`;
    const sent = { ProductKey: device.ProductKey, TopicFullName, MessageContent: base64('hello') };
    return (await api.call('Pub', { ...sent, ...params })).body;
  };

  test('sends the bytes to the device and answers with a 64-bit id as text', async () => {
    connect(api, device);
    const bytes = Buffer.from([0, 255, 254]);
    const body = await pub({ MessageContent: base64(bytes), Qos: 1 });
    expect(body).toEqual({
      RequestId: expect.any(String),
      Success: true,
      MessageId: expect.stringMatching(/^\d{18}$/),
    });
    expect(api.downlink.published).toEqual([
      {
        productKey: device.ProductKey,
        deviceName: device.DeviceName,
        topic: `${prefix}/user/get`,
        payload: bytes,
        qos: 1,
      },
    ]);
  });

  test('is stored at QoS 1 for a device that is away', async () => {
    expect(await pub({ Qos: 1 })).toMatchObject({ Success: true });
    expect(reached()).toEqual([[`${prefix}/user/get`, 'hello']]);
  });

  test('succeeds at QoS 0 for a device that is away, and the log says that it is lost', async () => {
    const body = await pub();
    expect(body).toMatchObject({ Success: true });
    expect(reached()).toEqual([]);
    expect(api.logged).toContainEqual({
      message: 'message reaches nobody',
      fields: {
        messageId: body['MessageId'],
        productKey: device.ProductKey,
        deviceName: device.DeviceName,
        topic: `${prefix}/user/get`,
        delivery: 'offline',
      },
    });
  });

  test('reaches the custom topics of an older product, which have no user level', async () => {
    connect(api, device);
    expect(await pub({ TopicFullName: `${prefix}/get` })).toMatchObject({ Success: true });
    expect(reached()).toEqual([[`${prefix}/get`, 'hello']]);
  });

  test.each([
    ['base64 of other URLs, without padding', '-_8'],
    ['base64 in lines', 'aGVs\nbG8=\n'],
  ])('takes %s', async (_, MessageContent) => {
    connect(api, device);
    expect(await pub({ MessageContent })).toMatchObject({ Success: true });
    expect(api.downlink.published).toHaveLength(1);
  });

  test('takes 256 KB and not a byte more', async () => {
    connect(api, device);
    const MessageContent = base64(Buffer.alloc(256 * 1024));
    expect(await pub({ MessageContent })).toMatchObject({ Success: true });
    const tooLong = base64(Buffer.alloc(256 * 1024 + 1));
    expect(await pub({ MessageContent: tooLong })).toMatchObject({
      Code: 'iot.system.IllegalRequest',
    });
    expect(api.downlink.published).toHaveLength(1);
  });

  test('says that a device gets too much', async () => {
    api.registry.downlink = { ...api.downlink, publish: async () => 'rate-exceeded' };
    expect(await pub()).toMatchObject({ Success: false, Code: 'iot.messagebroker.RateLimit' });
  });

  test.each([
    { changed: { TopicFullName: '' }, code: 'iot.messagebroker.NullTopicName' },
    { changed: { TopicFullName: 'no' }, code: 'iot.messagebroker.InvalidFormattedTopicName' },
    { changed: { MessageContent: '' }, code: 'iot.messagebroker.NullMessageContent' },
    {
      changed: { MessageContent: '{"a":1}' },
      code: 'iot.messagebroker.MessageContentIsNotBase64Encode',
    },
    {
      changed: { MessageContent: 'aGVsb' },
      code: 'iot.messagebroker.MessageContentIsNotBase64Encode',
    },
    { changed: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { changed: { Qos: 2 }, code: 'iot.system.IllegalRequest' },
    {
      changed: { DeviceName: 'another' },
      code: 'iot.messagebroker.InvalidFormattedTopicName',
    },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    connect(api, device);
    expect(await pub(changed)).toMatchObject({ Success: false, Code: code });
    expect(reached()).toEqual([]);
  });

  test.each([
    ['of the thing model', (own: string) => `/sys${own}/thing/service/property/set`],
    ['of RRPC', (own: string) => `/ext/rrpc/1${own}/user/get`],
    ['of the shadow', (own: string) => `/shadow/get${own}`],
    ['of a broadcast', (own: string) => `/broadcast${own}`],
    ['with a wildcard', (own: string) => `${own}/user/+`],
    ['of eight levels', (own: string) => `${own}/user/a/b/c/d/e`],
    ['of another product', () => '/a1Another000/dev_001/user/get'],
  ])('refuses a topic %s', async (_, topicOf) => {
    connect(api, device);
    expect(await pub({ TopicFullName: topicOf(prefix) })).toMatchObject({
      Code: 'iot.messagebroker.InvalidFormattedTopicName',
    });
    expect(reached()).toEqual([]);
  });

  test('refuses a device that is not there', async () => {
    const TopicFullName = `/${device.ProductKey}/absent/user/get`;
    expect(await pub({ TopicFullName, Qos: 1 })).toMatchObject({
      Code: 'iot.device.NotExistedDevice',
    });
    expect(reached()).toEqual([]);
  });
});

describe('PubBroadcast', () => {
  const broadcast = async (params: Params = {}) => {
    const sent = { ProductKey: device.ProductKey, MessageContent: base64('all'), ...params };
    return api.call('PubBroadcast', sent);
  };

  test('goes out on a topic of the product', async () => {
    const TopicFullName = `/broadcast/${device.ProductKey}/shareData`;
    const { body } = await broadcast({ TopicFullName });
    expect(body).toMatchObject({ Success: true });
    expect(api.downlink.published).toEqual([
      { productKey: device.ProductKey, topic: TopicFullName, payload: Buffer.from('all') },
    ]);
  });

  test('answers with its id as a number of all its digits', async () => {
    const sent = { ProductKey: device.ProductKey, MessageContent: base64('all') };
    const text = await replyText(api, 'PubBroadcast', sent);
    expect(text).toMatch(/"MessageId":\d{18}}$/);
  });

  test('reaches every connected device on a topic of its own, and none that is away', async () => {
    const names = ['lamp_1', 'lamp_2', 'lamp_3'];
    for (const DeviceName of names) connect(api, { ...device, DeviceName });
    connect(api, { ProductKey: 'a1Another000', DeviceName: 'lamp_9' });
    expect((await broadcast()).body).toMatchObject({ Success: true });
    const expected = names.map((name) => [
      expect.stringMatching(
        new RegExp(`^/sys/${device.ProductKey}/${name}/broadcast/request/\\d{18}$`),
      ),
      'all',
    ]);
    expect(reached()).toEqual(expected);
  });

  test('reaches all devices of a product once a minute at most', async () => {
    connect(api, device);
    expect((await broadcast()).body).toMatchObject({ Success: true });
    api.clock.nowMs += 59_999;
    expect((await broadcast()).body).toMatchObject({ Code: 'iot.messagebroker.RateLimit' });
    expect(api.downlink.published).toHaveLength(1);
    const other = await registerApiDevice(api, { ProductName: 'Another product' });
    const another = await broadcast({ ProductKey: other.ProductKey });
    expect(another.body).toMatchObject({ Success: true });
    api.clock.nowMs += 1;
    expect((await broadcast()).body).toMatchObject({ Success: true });
    expect(api.downlink.published).toHaveLength(2);
  });

  test('to all says so where the broker does not tell who is there, and may be tried again', async () => {
    api.registry.downlink = { ...api.downlink, connectedDevices: async () => undefined };
    const failed = { Success: false, Code: 'iot.messagebroker.PublishMessageFailed' };
    expect((await broadcast()).body).toMatchObject(failed);
    api.registry.downlink = api.downlink;
    expect((await broadcast()).body).toMatchObject({ Success: true });
  });

  test.each([
    { changed: { TopicFullName: '/broadcast/a1Another000/x' } },
    { changed: { TopicFullName: '/broadcast' } },
    { changed: { TopicFullName: '/sys/a/b/c' } },
  ])('refuses $changed', async ({ changed }) => {
    expect((await broadcast(changed)).body).toMatchObject({
      Code: 'iot.messagebroker.InvalidFormattedTopicName',
    });
    expect(reached()).toEqual([]);
  });

  test('refuses more than 64 KB and a product that is not there', async () => {
    const MessageContent = base64(Buffer.alloc(64 * 1024 + 1));
    const tooLong = await broadcast({ MessageContent });
    expect(tooLong.body).toMatchObject({ Code: 'iot.system.IllegalRequest' });
    const unknown = await broadcast({ ProductKey: 'a1Unknown00' });
    expect(unknown.body).toMatchObject({ Code: 'iot.prod.NotExistedProduct' });
  });
});
