import { createRequire } from 'node:module';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { base64, callAction } from '../support/pop-core.ts';
import { connectSigned } from '../support/signed-client.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';
import { watchBus } from '../support/watched-bus.ts';

// CommonJS: required, it is what a user's program gets, whatever the test runner does.
const require = createRequire(import.meta.url);
const iot: typeof import('@alicloud/iot20180120') = require('@alicloud/iot20180120');

type Identity = { productKey: string; deviceName: string; deviceSecret: string; iotId: string };

let stack: TestStack;
let productKey: string;
let devices = 0;
let identity: Identity;

const call = (action: string, parameters: Record<string, string | number>) =>
  callAction(stack, action, parameters);

const service = (identifier: string, callType: string) => ({
  identifier,
  name: identifier,
  required: false,
  callType,
  method: `thing.service.${identifier}`,
  inputData: [],
  outputData: [],
});

beforeAll(async () => {
  stack = await startTestStack();
  const created = await call('CreateProduct', { NodeType: 0, ProductName: 'Downlinks' });
  productKey = String(created['ProductKey']);
  const level = { identifier: 'Level', name: 'Level', accessMode: 'rw', required: false };
  const TslStr = JSON.stringify({
    profile: { productKey },
    properties: [{ ...level, dataType: { type: 'int', specs: { min: '0', max: '100' } } }],
    events: [],
    services: [service('Reset', 'async'), service('Measure', 'sync')],
  });
  await call('ImportThingModelTsl', { ProductKey: productKey, TslStr });
});

afterAll(() => stack.stop());

beforeEach(async () => {
  devices += 1;
  const deviceName = `lamp_${devices}`;
  const { Data } = await call('RegisterDevice', { ProductKey: productKey, DeviceName: deviceName });
  const { DeviceSecret: deviceSecret, IotId: iotId } = Object(Data);
  identity = { productKey, deviceName, deviceSecret, iotId };
});

type Received = { topic: string; text: string };

/** Subscribes, keeps what arrives, and says what it is told to say to it. */
async function connectDevice(
  filters: readonly string[],
  answer?: (message: Received) => Received | undefined,
) {
  const mqttAddress = new URL(stack.endpoints['mqtt'] ?? '').host;
  const client: MqttClient = await connectSigned({ mqttAddress }, identity);
  const received: Received[] = [];
  client.on('message', (topic, payload) => {
    const message = { topic, text: payload.toString() };
    received.push(message);
    const said = answer?.(message);
    if (said) client.publish(said.topic, said.text);
  });
  await client.subscribeAsync([...filters]);
  return { client, received };
}

const own = (topic: string) => `/${productKey}/${identity.deviceName}${topic}`;
const named = () => ({ ProductKey: productKey, DeviceName: identity.deviceName });

/** What a device says to a request over RRPC. */
const overRrpc =
  (text: (request: Received) => string) =>
  (request: Received): Received => ({
    topic: request.topic.replace('/request/', '/response/'),
    text: text(request),
  });

describe('@alicloud/pop-core reaches a device', () => {
  test('with Pub and with both broadcasts', async () => {
    const broadcastTopic = `/broadcast/${productKey}/shareData`;
    const fullBroadcasts = `/sys${own('/broadcast/request/+')}`;
    const { received } = await connectDevice([own('/user/get'), broadcastTopic, fullBroadcasts]);
    const content = { ProductKey: productKey, MessageContent: base64('hello') };
    const pub = await call('Pub', { ...content, TopicFullName: own('/user/get'), Qos: 1 });
    expect(pub).toMatchObject({ Success: true, MessageId: expect.stringMatching(/^\d{18}$/) });
    const some = await call('PubBroadcast', { ...content, TopicFullName: broadcastTopic });
    expect(String(some['MessageId'])).toMatch(/^\d{18}$/);
    const all = await call('PubBroadcast', content);
    const allTopic = `/sys${own(`/broadcast/request/${all['MessageId']}`)}`;
    await expect
      .poll(() => received)
      .toEqual([
        { topic: own('/user/get'), text: 'hello' },
        { topic: broadcastTopic, text: 'hello' },
        { topic: allTopic, text: 'hello' },
      ]);
    await expect(call('PubBroadcast', content)).rejects.toMatchObject({
      code: 'iot.messagebroker.RateLimit',
    });
  });

  test('with RRpc, whose id has all its digits', async () => {
    const filter = `/sys${own('/rrpc/request/+')}`;
    const { received } = await connectDevice(
      [filter],
      overRrpc(() => '{"bizCode":0}'),
    );
    const request = { RequestBase64Byte: base64('{"power":200}'), Timeout: 8000 };
    const reply = await call('RRpc', { ...named(), ...request });
    expect(reply).toMatchObject({
      RrpcCode: 'SUCCESS',
      PayloadBase64Byte: base64('{"bizCode":0}'),
    });
    const topic = `/sys${own(`/rrpc/request/${reply['MessageId']}`)}`;
    expect(received).toEqual([{ topic, text: '{"power":200}' }]);
  });

  test('with SetDeviceProperty, and is told when the device is away', async () => {
    const filter = `/sys${own('/thing/service/property/set')}`;
    const { client, received } = await connectDevice([filter]);
    const params = { ...named(), Items: '{"Level":7}' };
    const { Data } = await call('SetDeviceProperty', params);
    await expect.poll(() => received).toHaveLength(1);
    expect(JSON.parse(received[0]?.text ?? '')).toMatchObject({
      id: Object(Data).MessageId,
      params: { Level: 7 },
    });
    await client.endAsync(true);
    await expect
      .poll(() => call('SetDeviceProperty', params).catch(({ code }) => code))
      .toBe('iot.messagebroker.OFFLINE');
  });

  test('with InvokeThingService, and gets the answer to a synchronous one', async () => {
    const { received } = await connectDevice(
      [`/sys${own('/thing/service/+')}`, `/sys${own('/rrpc/request/+')}`],
      ({ topic, text }) => {
        const { id } = JSON.parse(text);
        const data = { level: 3 };
        return {
          topic: topic.includes('/rrpc/')
            ? topic.replace('/request/', '/response/')
            : `${topic}_reply`,
          text: JSON.stringify({ id, code: 200, data }),
        };
      },
    );
    const sync = await call('InvokeThingService', {
      ...named(),
      Identifier: 'Measure',
      Args: '{}',
    });
    expect(sync['Data']).toMatchObject({ Result: '{"level":3}' });
    const reset = await call('InvokeThingService', {
      ...named(),
      Identifier: 'Reset',
      Args: '{}',
    });
    await expect.poll(() => received).toHaveLength(2);
    expect(received[1]?.topic).toBe(`/sys${own('/thing/service/Reset')}`);
    expect(JSON.parse(received[1]?.text ?? '').id).toBe(Object(reset['Data']).MessageId);
  });

  test('sees it come, and go when it is disabled', async () => {
    const { client } = await connectDevice([own('/user/get')]);
    const stateOf = async () => {
      const states = await call('BatchGetDeviceState', { 'IotId.1': identity.iotId });
      return Object(states['DeviceStatusList']).DeviceStatus[0];
    };
    await expect.poll(stateOf).toMatchObject({ Status: 'ONLINE', AsAddress: '127.0.0.1' });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await call('DisableThing', { IotId: identity.iotId });
    await closed;
    await call('EnableThing', { IotId: identity.iotId });
    await expect.poll(stateOf).toMatchObject({ Status: 'OFFLINE' });
  });
});

test('a device whose new connection ends its old one stays online', async () => {
  const bus = watchBus(stack.dataDir);
  onTestFinished(() => bus.stop());
  const { client: old } = await connectDevice([own('/user/get')]);
  const closed = new Promise<void>((resolve) => old.once('close', () => resolve()));
  const { client } = await connectDevice([own('/user/get')]);
  await closed;
  const told = (status: string, after = 0n) =>
    bus.find(
      ({ kind, iotId, body, messageId }) =>
        kind === 'status' &&
        iotId === identity.iotId &&
        JSON.parse(`${body}`).status === status &&
        BigInt(messageId) > after,
    );
  const { messageId } = await told('offline');
  await told('online', BigInt(messageId));
  const post = JSON.stringify({ id: '1', version: '1.0', params: { Level: 42 } });
  await client.publishAsync(`/sys${own('/thing/event/property/post')}`, post, { qos: 1 });
  const levelOf = async () => {
    const { Data } = await call('QueryDevicePropertyStatus', named());
    return Object(Data).List.PropertyStatusInfo[0].Value;
  };
  // Recorded in order: what was told of both connections before the post is recorded by then.
  await expect.poll(levelOf).toBe('42');
  const { Data } = await call('GetDeviceStatus', named());
  expect(Data).toMatchObject({ Status: 'ONLINE' });
});

describe('@alicloud/iot20180120', () => {
  const openClient = () => {
    type Config = ConstructorParameters<typeof iot.default>[0];
    const { accessKeyId, accessKeySecret } = stack.demo;
    const endpoint = `127.0.0.1:${stack.port}`;
    return new iot.default({ accessKeyId, accessKeySecret, endpoint, protocol: 'http' } as Config);
  };

  test('reaches a device with messages, requests and sets', async () => {
    const client = openClient();
    const { deviceName } = identity;
    const filters = ['/thing/service/+', '/thing/service/property/set', '/rrpc/request/+'];
    const { received } = await connectDevice(
      [own('/user/get'), ...filters.map((filter) => `/sys${own(filter)}`)],
      (request) =>
        request.topic.includes('/rrpc/')
          ? overRrpc(({ text }) => (text === 'ping' ? 'pong' : '{"code":200,"data":{"a":1}}'))(
              request,
            )
          : undefined,
    );
    const device = { productKey, deviceName };
    const messageContent = base64('hello');
    const pub = new iot.PubRequest({
      productKey,
      topicFullName: own('/user/get'),
      messageContent,
    });
    expect((await client.pub(pub)).body).toMatchObject({
      success: true,
      messageId: expect.stringMatching(/^\d{18}$/),
    });
    const call = { ...device, requestBase64Byte: base64('ping'), timeout: 5000 };
    const rrpc = await client.rRpc(new iot.RRpcRequest(call));
    expect(rrpc.body).toMatchObject({ rrpcCode: 'SUCCESS', payloadBase64Byte: base64('pong') });
    expect(rrpc.body?.messageId).toBeGreaterThan(2 ** 53);
    const set = await client.setDevicesProperty(
      new iot.SetDevicesPropertyRequest({
        productKey,
        deviceName: [deviceName],
        items: '{"Level":7}',
      }),
    );
    expect(set.body).toMatchObject({ success: true });
    const service = { ...device, identifier: 'Measure', args: '{}' };
    const invoked = await client.invokeThingService(new iot.InvokeThingServiceRequest(service));
    expect(invoked.body?.data).toMatchObject({ result: '{"a":1}' });
    const several = { productKey, deviceName: [deviceName], identifier: 'Reset', args: '{}' };
    const all = await client.invokeThingsService(new iot.InvokeThingsServiceRequest(several));
    expect(all.body).toMatchObject({ success: true });
    await expect.poll(() => received).toHaveLength(5);
    const states = await client.batchGetDeviceState(
      new iot.BatchGetDeviceStateRequest({ productKey, deviceName: [deviceName] }),
    );
    expect(states.body?.deviceStatusList?.deviceStatus).toMatchObject([{ deviceName }]);
    const topic = `/broadcast/${productKey}/x`;
    const broadcast = new iot.PubBroadcastRequest({
      productKey,
      topicFullName: topic,
      messageContent,
    });
    expect((await client.pubBroadcast(broadcast)).body).toMatchObject({ success: true });
  });

  test('makes a topic and finds it', async () => {
    const client = openClient();
    const topicShortName = `submit_${devices}`;
    const wanted = { productKey, topicShortName, operation: 'ALL', desc: 'readings' };
    const created = await client.createProductTopic(new iot.CreateProductTopicRequest(wanted));
    const query = new iot.QueryProductTopicRequest({ productKey });
    const { body } = await client.queryProductTopic(query);
    expect(body?.data?.productTopicInfo).toContainEqual(
      expect.objectContaining({
        id: String(created.body?.topicId),
        desc: 'readings',
        operation: '2',
        topicShortName: `/${productKey}/\${deviceName}/user/${topicShortName}`,
      }),
    );
  });
});
