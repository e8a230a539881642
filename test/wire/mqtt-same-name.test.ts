import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { base64 } from '../support/pop-core.ts';
import { closed, connectSigned } from '../support/signed-client.ts';

let stack: DeviceStack;

beforeAll(async () => {
  stack = await startDeviceStack();
});

afterAll(() => stack.stop());

function topicOf({ productKey, deviceName }: Identity): string {
  return `/${productKey}/${deviceName}/user/get`;
}

function publishTo(identity: Identity, text: string) {
  return stack.call('Pub', {
    ProductKey: identity.productKey,
    TopicFullName: topicOf(identity),
    MessageContent: base64(text),
    Qos: 1,
  });
}

/** Connected with its session, and with what reaches it. */
async function connect(identity: Identity) {
  const client = await connectSigned(stack, identity, { clean: false });
  const inbox: string[] = [];
  client.on('message', (_topic, payload) => inbox.push(`${payload}`));
  return { client, inbox };
}

test('a device that is made again under its name at once is reached, and is not taken for the one before', async () => {
  const before = await stack.newDevice('same-name');
  const first = await connect(before);
  await first.client.subscribeAsync(topicOf(before), { qos: 1 });
  await first.client.publishAsync(topicOf(before), 'of the first', { qos: 1 });
  await publishTo(before, 'to the first');
  await expect.poll(() => first.inbox).toEqual(['to the first']);
  const reference = { ProductKey: before.productKey, DeviceName: before.deviceName };
  const gone = closed(first.client);
  await stack.call('DeleteDevice', reference);
  await gone;

  const after = await stack.newDevice('same-name');
  const second = await connect(after);
  await publishTo(after, 'before it subscribes');
  await second.client.subscribeAsync(topicOf(after), { qos: 1 });
  await second.client.publishAsync(topicOf(after), 'of the second', { qos: 1 });
  await publishTo(after, 'to the second');
  await expect.poll(() => second.inbox).toEqual(['to the second']);
  expect(second.client.connected).toBe(true);
});

test('a reply to its own request, and a state that it has to have, reach a device beyond 50 messages a second', async () => {
  const identity = await stack.newDevice('flooded-down');
  const { productKey, deviceName } = identity;
  const { client, inbox } = await connect(identity);
  await client.subscribeAsync(topicOf(identity), { qos: 1 });
  await client.subscribeAsync(`/shadow/get/${productKey}/${deviceName}`, { qos: 1 });
  await client.subscribeAsync(`/sys/${productKey}/${deviceName}/thing/service/property/set`, {
    qos: 1,
  });
  const device = { ProductKey: productKey, DeviceName: deviceName };
  const flood = Array.from({ length: 60 }, (_, number) => publishTo(identity, `flood ${number}`));
  const outcomes = await Promise.allSettled(flood);
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  const shadow = { method: 'update', state: { desired: { color: 'red' } }, version: 1 };
  await stack.call('UpdateDeviceShadow', { ...device, ShadowMessage: JSON.stringify(shadow) });
  await stack.call('SetDeviceDesiredProperty', {
    ...device,
    Items: '{"LightSwitch":1}',
    Versions: '{}',
  });
  await client.publishAsync(`/shadow/update/${productKey}/${deviceName}`, '{"method":"get"}', {
    qos: 1,
  });
  const methodsOf = () =>
    inbox.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text).method);
  await expect
    .poll(() => methodsOf().sort())
    .toEqual(['control', 'reply', 'thing.service.property.set']);
});
