import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { closed, connectSigned, credentials } from '../support/signed-client.ts';

let stack: DeviceStack;

beforeAll(async () => {
  stack = await startDeviceStack();
});

afterAll(() => stack.stop());

/** With bit 1 of `ext`: it wants to be told. */
function connectForNotices(identity: Identity): Promise<MqttClient> {
  const options = credentials(identity);
  const clientId = options.clientId.replace(/\|$/, ',ext=3|');
  return connectSigned(stack, identity, { ...options, clientId });
}

/** What comes on `/ext/error/...` before the connection ends, without a subscription. */
async function lastWords(client: MqttClient, { productKey, deviceName }: Identity) {
  const words: unknown[] = [];
  client.on('message', (topic, payload) => {
    if (topic === `/ext/error/${productKey}/${deviceName}`) words.push(JSON.parse(`${payload}`));
  });
  await closed(client);
  return words;
}

test('a device is told that another connection takes its place', async () => {
  const identity = await stack.newDevice('kicked-1');
  const first = await connectForNotices(identity);
  const words = lastWords(first, identity);
  const second = await connectForNotices(identity);
  expect(await words).toEqual([{ id: '0', code: 427, message: 'device connect in elsewhere' }]);
  expect(second.connected).toBe(true);
});

test.each([
  ['DisableThing', { code: 522, message: 'device forbidden' }],
  ['DeleteDevice', { code: 521, message: 'device deleted' }],
])('a device is told of %s before its connection ends', async (action, notice) => {
  const identity = await stack.newDevice(`told-of-${action}`);
  const client = await connectForNotices(identity);
  const words = lastWords(client, identity);
  const { productKey, deviceName } = identity;
  await stack.call(action, { ProductKey: productKey, DeviceName: deviceName });
  expect(await words).toEqual([{ id: '0', ...notice }]);
});

test('a device that was reset loses its connection without a word, and so does one that wants none', async () => {
  const identity = await stack.newDevice('reset-1');
  const client = await connectForNotices(identity);
  const words = lastWords(client, identity);
  const { productKey, deviceName } = identity;
  await stack.call('ResetThing', { ProductKey: productKey, DeviceName: deviceName });
  expect(await words).toEqual([]);
  const silent = await connectSigned(stack, identity);
  const none = lastWords(silent, identity);
  await stack.call('DisableThing', { ProductKey: productKey, DeviceName: deviceName });
  expect(await none).toEqual([]);
});
