import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startConsumer } from '../support/amqp-consumer.ts';
import { signedSubDevice } from '../support/gateway.ts';
import { callAction } from '../support/pop-core.ts';
import { connectSigned } from '../support/signed-client.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

/**
 * Every kind of message that a consumer may subscribe to, caused by a device over MQTT or by a server, as it
 * arrives over AMQP: the members are those of protocol.md 8.3.
 */
let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

type Body = Record<string, unknown>;

const TIME = expect.any(Number);
const TEXT = expect.any(String);
const LOCAL_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
const UTC_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** A consumer of all that the product of the topics says. */
function consume() {
  const consumer = startConsumer({ url: stack.endpoints['amqp'] ?? '', ...stack.demo });
  return {
    /** The body of the next message on a topic that fits. */
    async body(topic: string, fits: (body: Body) => boolean = () => true): Promise<Body> {
      return vi.waitFor(
        () => {
          const bodies = consumer.received
            .filter((one) => one.topic === topic)
            .map(({ content }): Body => JSON.parse(content));
          const found = bodies.find(fits);
          expect(
            found,
            `${topic} is not among ${consumer.received.map((one) => one.topic)}`,
          ).toBeDefined();
          return found ?? {};
        },
        { timeout: 5000, interval: 10 },
      );
    },
    async raw(topic: string): Promise<string | undefined> {
      return vi.waitFor(
        () => {
          const found = consumer.received.find((one) => one.topic === topic);
          expect(found).toBeDefined();
          return found?.content;
        },
        { timeout: 5000, interval: 10 },
      );
    },
  };
}

const mqttAddress = () => new URL(stack.endpoints['mqtt'] ?? '').host;

const connectDemo = (): Promise<MqttClient> =>
  connectSigned({ mqttAddress: mqttAddress() }, stack.demo);

const publish = (client: MqttClient, topic: string, message: object) =>
  client.publishAsync(topic, JSON.stringify(message), { qos: 1 });

const alink = (method: string, params: unknown) => ({ id: '17', version: '1.0', params, method });

test('status, property, event, history and custom messages of a device over MQTT', async () => {
  const { productKey, deviceName } = stack.demo;
  const who = { productKey, deviceName, iotId: TEXT };
  const to = consume();
  const device = await connectDemo();
  const thing = `/sys/${productKey}/${deviceName}/thing`;
  const topic = `/${productKey}/${deviceName}`;
  const status = {
    ...who,
    time: LOCAL_TIME,
    utcTime: UTC_TIME,
    lastTime: LOCAL_TIME,
    utcLastTime: UTC_TIME,
    clientIp: '127.0.0.1',
  };
  const isNow = (text: string) => (body: Body) => body['status'] === text;
  expect(await to.body(`/as/mqtt/status${topic}`, isNow('online'))).toEqual({
    ...status,
    status: 'online',
  });

  const head = { ...who, requestId: '17', gmtCreate: TIME, checkFailedData: {} };
  const values = { temperature: { value: 21.5, time: 1700000000000 } };
  await publish(device, `${thing}/event/property/post`, alink('thing.event.property.post', values));
  expect(await to.body(`${topic}/thing/event/property/post`)).toEqual({
    ...head,
    deviceType: 'CustomCategory',
    items: values,
  });

  const happened = { value: { level: 1 }, time: 1700000000000 };
  await publish(
    device,
    `${thing}/event/Overheat/post`,
    alink('thing.event.Overheat.post', happened),
  );
  expect(await to.body(`${topic}/thing/event/Overheat/post`)).toEqual({
    ...head,
    identifier: 'Overheat',
    name: TEXT,
    type: 'alert',
    ...happened,
  });

  const history = [{ properties: [values], events: [{ Overheat: happened }] }];
  await publish(
    device,
    `${thing}/event/property/history/post`,
    alink('thing.event.property.history.post', history),
  );
  expect(await to.body(`${topic}/thing/event/property/history/post`)).toMatchObject({
    items: values,
  });
  expect(await to.body(`${topic}/thing/event/Overheat/history/post`)).toMatchObject(happened);

  await device.publishAsync(`${topic}/user/update`, Buffer.from('any bytes'), { qos: 1 });
  expect(await to.raw(`${topic}/user/update`)).toBe('any bytes');

  await device.endAsync();
  expect(await to.body(`/as/mqtt/status${topic}`, isNow('offline'))).toEqual({
    ...status,
    status: 'offline',
  });
});

test('the answer of a device to a property set, and tags that a server changes', async () => {
  const { productKey, deviceName } = stack.demo;
  const to = consume();
  const device = await connectDemo();
  const set = `/sys/${productKey}/${deviceName}/thing/service/property/set`;
  device.on('message', (topic, payload) => {
    const { id } = JSON.parse(payload.toString());
    void publish(device, `${topic}_reply`, { id, code: 200, data: {}, message: 'success' });
  });
  await device.subscribeAsync(set, { qos: 1 });
  const named = { ProductKey: productKey, DeviceName: deviceName };
  await callAction(stack, 'SetDeviceProperty', { ...named, Items: '{"LightSwitch":1}' });
  expect(await to.body(`/${productKey}/${deviceName}/thing/downlink/reply/message`)).toEqual({
    gmtCreate: TIME,
    iotId: TEXT,
    productKey,
    deviceName,
    requestId: TEXT,
    code: 200,
    message: 'success',
    topic: set,
    data: {},
  });
  await callAction(stack, 'SaveDeviceProp', { ...named, Props: '{"room":"kitchen"}' });
  expect(await to.body(`/${productKey}/${deviceName}/thing/deviceinfo/update`)).toEqual({
    action: 'update',
    iotId: TEXT,
    productKey,
    deviceName,
    value: [{ attrKey: 'room', attrValue: 'kitchen' }],
    messageCreateTime: TIME,
  });
});

test('the life of a device, with its secret where it is made', async () => {
  const { productKey } = stack.demo;
  const to = consume();
  const named = { ProductKey: productKey, DeviceName: 'short-lived' };
  const { Data } = await callAction(stack, 'RegisterDevice', named);
  const { DeviceSecret, IotId } = Data as Record<string, string>;
  const topic = `/${productKey}/short-lived/thing/lifecycle`;
  const head = { iotId: IotId, productKey, deviceName: 'short-lived', messageCreateTime: TIME };
  const acts = (action: string) => (body: Body) => body['action'] === action;
  expect(await to.body(topic, acts('create'))).toEqual({
    ...head,
    action: 'create',
    deviceSecret: DeviceSecret,
  });
  for (const [call, action] of [
    ['DisableThing', 'disable'],
    ['EnableThing', 'enable'],
    ['DeleteDevice', 'delete'],
  ] as const) {
    await callAction(stack, call, named);
    expect(await to.body(topic, acts(action))).toEqual({ ...head, action });
  }
});

test('the topology of a gateway, what it finds, and firmware', async () => {
  const { ProductKey: gateways } = await callAction(stack, 'CreateProduct', {
    ProductName: 'gateways',
    NodeType: 1,
  });
  await callAction(stack, 'CreateSubscribeRelation', {
    ProductKey: String(gateways),
    Type: 'AMQP',
    'ConsumerGroupIds.1': 'DEFAULT_GROUP',
    DeviceTopoLifeCycleFlag: true,
    FoundDeviceListFlag: true,
    OtaVersionFlag: true,
    OtaEventFlag: true,
  });
  const registered = await callAction(stack, 'RegisterDevice', {
    ProductKey: String(gateways),
    DeviceName: 'gateway-1',
  });
  const { DeviceSecret } = registered['Data'] as Record<string, string>;
  const to = consume();
  const gateway = {
    productKey: String(gateways),
    deviceName: 'gateway-1',
    deviceSecret: `${DeviceSecret}`,
  };
  const client = await connectSigned({ mqttAddress: mqttAddress() }, gateway);
  const thing = `/sys/${gateways}/gateway-1/thing`;
  const topic = `/${gateways}/gateway-1`;
  const head = { gwIotId: TEXT, gwProductKey: gateways, gwDeviceName: 'gateway-1' };
  const { productKey, deviceName } = stack.demo;

  const sub = signedSubDevice({ ...stack.demo, iotId: '' });
  await publish(client, `${thing}/topo/add`, alink('thing.topo.add', [sub]));
  expect(await to.body(`${topic}/thing/topo/lifecycle`)).toEqual({
    ...head,
    action: 'create',
    devices: [{ iotId: TEXT, productKey, deviceName }],
    messageCreateTime: TIME,
  });
  await publish(
    client,
    `${thing}/list/found`,
    alink('thing.list.found', [{ productKey, deviceName }]),
  );
  expect(await to.body(`${topic}/thing/list/found`)).toMatchObject({
    ...head,
    devices: [{ productKey, deviceName }],
  });

  const inform = (version: string) =>
    publish(client, `/ota/device/inform/${gateways}/gateway-1`, { id: '1', params: { version } });
  const who = {
    iotId: TEXT,
    productKey: gateways,
    deviceName: 'gateway-1',
    messageCreateTime: TIME,
  };
  await inform('1.0.0');
  expect(await to.body(`${topic}/ota/version/post`)).toEqual({
    ...who,
    moduleName: 'default',
    moduleVersion: '1.0.0',
  });
  await publish(client, `/ota/device/progress/${gateways}/gateway-1`, {
    id: '2',
    params: { step: '-2', desc: 'no network' },
  });
  expect(await to.body(`${topic}/ota/upgrade`)).toMatchObject({
    ...who,
    status: 'FAILED',
    srcVersion: '1.0.0',
    desc: 'no network',
  });
});
