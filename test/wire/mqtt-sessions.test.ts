import type { MqttClient } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { openSessions } from '../../shared/adapters/lmdb/lmdb-sessions.ts';
import { deleteDevice, disableDevice } from '../../shared/core/devices/change-device.ts';
import type { Delivery } from '../../shared/ports/downlink.ts';
import { customTopic, properties, propertyPost } from '../support/device-topics.ts';
import { type MemoryBroker, startMemoryBroker } from '../support/memory-broker.ts';
import { closed, connectSigned, credentials, grantsOf } from '../support/signed-client.ts';
import { accepted, registerTestDevice, type TestDevice } from '../support/test-device.ts';

const SECOND_MS = 1000;
const CACHED_MS = 10 * SECOND_MS;
const WEEK_MS = 7 * 24 * 3600 * SECOND_MS;

/** Comes with its session (cleanSession 0). `texts` are those of what arrives. */
async function comeBack(suite: MemoryBroker, device: TestDevice = suite.device) {
  const client = await connectSigned(suite, device, { clean: false });
  const texts: string[] = [];
  client.on('message', (_topic, payload) => texts.push(`${payload}`));
  return { client, texts };
}

function send(suite: MemoryBroker, text: string, qos: 0 | 1 = 1): Promise<Delivery> {
  const { productKey, deviceName } = suite.device;
  const topic = customTopic(suite.device, 'get');
  const payload = Buffer.from(text);
  return suite.broker.downlink.publish({ productKey, deviceName, topic, payload, qos });
}

/** Gone when nobody finds it connected any more. */
async function leave(suite: MemoryBroker, client: MqttClient): Promise<void> {
  const gone = closed(client);
  client.stream.destroy();
  await gone;
  const { productKey } = suite;
  await expect.poll(() => suite.broker.downlink.connectedDevices(productKey)).toEqual([]);
}

/** Deletes the device and makes another one of its name, and lets what is remembered of it expire. */
async function makeAgain({ parts, device }: MemoryBroker): Promise<TestDevice> {
  const { productKey, deviceName } = device;
  accepted(await deleteDevice({ productKey, deviceName }, parts));
  const again = await registerTestDevice(parts, { productKey, deviceName });
  parts.clock.advance(CACHED_MS);
  return again;
}

describe('a device that is away', () => {
  test('and has no session has nothing kept for it, not even for a session that it begins later', async () => {
    const suite = await startMemoryBroker();
    const client = await connectSigned(suite, suite.device);
    await grantsOf(client, [customTopic(suite.device, 'get')]);
    await leave(suite, client);
    expect(await send(suite, 'lost')).toBe('offline');
    const back = await comeBack(suite);
    expect(await send(suite, 'heard')).toBe('sent');
    await expect.poll(() => back.texts).toEqual(['heard']);
  });

  test('gets a message again that it has not acknowledged', async () => {
    const suite = await startMemoryBroker();
    const first = await comeBack(suite);
    await grantsOf(first.client, [customTopic(suite.device, 'get')]);
    // Without a call of its callback the client sends no PUBACK.
    first.client.handleMessage = () => undefined;
    expect(await send(suite, 'unacknowledged')).toBe('sent');
    await expect.poll(() => first.texts).toEqual(['unacknowledged']);
    await leave(suite, first.client);
    const back = await comeBack(suite);
    await expect.poll(() => back.texts).toEqual(['unacknowledged']);
  });

  test('gets what was kept for less than 7 days, and nothing older', async () => {
    const suite = await startMemoryBroker();
    const first = await comeBack(suite);
    await grantsOf(first.client, [customTopic(suite.device, 'get')]);
    await leave(suite, first.client);
    expect(await send(suite, 'expired')).toBe('stored');
    suite.parts.clock.advance(SECOND_MS);
    expect(await send(suite, 'a second younger')).toBe('stored');
    suite.parts.clock.advance(WEEK_MS - SECOND_MS);
    const back = await comeBack(suite);
    await expect.poll(() => back.texts).toEqual(['a second younger']);
  });

  test('loses what waits for it by a clean session', async () => {
    const suite = await startMemoryBroker();
    const first = await comeBack(suite);
    await grantsOf(first.client, [customTopic(suite.device, 'get')]);
    await leave(suite, first.client);
    expect(await send(suite, 'dropped')).toBe('stored');
    await leave(suite, await connectSigned(suite, suite.device));
    const back = await comeBack(suite);
    expect(await send(suite, 'heard')).toBe('sent');
    await expect.poll(() => back.texts).toEqual(['heard']);
  });
});

describe('a device that is made again under the name of another', () => {
  test('has neither its subscriptions nor what was kept for it', async () => {
    const suite = await startMemoryBroker();
    const topic = customTopic(suite.device, 'get');
    const first = await comeBack(suite);
    await grantsOf(first.client, [topic]);
    await leave(suite, first.client);
    expect(await send(suite, 'for the other')).toBe('stored');
    const again = await makeAgain(suite);
    expect(await send(suite, 'for nobody')).toBe('offline');
    const { client, texts } = await comeBack(suite, again);
    expect(await send(suite, 'unheard')).toBe('unsubscribed');
    await grantsOf(client, [topic]);
    expect(await send(suite, 'heard')).toBe('sent');
    await expect.poll(() => texts).toEqual(['heard']);
  });

  test('hears nothing through the connection of the other, whose next message ends it', async () => {
    const suite = await startMemoryBroker();
    const { client, texts } = await comeBack(suite);
    await grantsOf(client, [customTopic(suite.device, 'get')]);
    await makeAgain(suite);
    expect(await send(suite, 'secret', 0)).toBe('offline');
    const gone = closed(client);
    client.publish(propertyPost(suite.device), properties({ temperature: 20 }));
    await gone;
    expect(texts).toEqual([]);
    const [last] = suite.parts.log.lines.filter(({ message }) => message === 'message refused');
    expect(last?.fields['refused']).toEqual({ kind: 'token-identity-gone', reason: 'deleted' });
  });
});

test('the next message of a device that was disabled elsewhere ends its connection', async () => {
  const suite = await startMemoryBroker();
  const { parts, device } = suite;
  const client = await connectSigned(suite, device);
  accepted(await disableDevice(device, parts));
  parts.clock.advance(CACHED_MS);
  const gone = closed(client);
  client.publish(propertyPost(device), properties({ temperature: 20 }));
  await gone;
});

test('a connection is half-open until something has come over it since', async () => {
  const suite = await startMemoryBroker();
  const { broker, device, parts } = suite;
  expect(await broker.downlink.liveness(device, parts.nowMs())).toBe('unknown');
  const client = await connectSigned(suite, device);
  parts.clock.advance(SECOND_MS);
  const sinceMs = parts.nowMs();
  expect(await broker.downlink.liveness(device, sinceMs)).toBe('half-open');
  await grantsOf(client, [customTopic(device, 'get')]);
  expect(await broker.downlink.liveness(device, sinceMs)).toBe('alive');
});

test('SUBACK is sent when the subscription is on the disk', async () => {
  const suite = await startMemoryBroker();
  const { productKey, deviceName } = suite.device;
  const client = await connectSigned(suite, suite.device);
  const onFault = () => undefined;
  const disk = await openSessions({ path: suite.sessionsPath, sync: 'flush', onFault });
  const topic = customTopic(suite.device, 'get');
  await grantsOf(client, [topic]);
  const stored = disk.read(`${productKey}/${deviceName}`);
  await disk.close();
  expect(stored?.filters).toEqual([topic]);
});

test('after _ss=1 the topics of the platform need no subscription, and others do', async () => {
  const suite = await startMemoryBroker();
  const { productKey, deviceName } = suite.device;
  const { clientId, ...options } = credentials(suite.device);
  const implied = { ...options, clientId: clientId.replace(/\|$/, ',_ss=1|') };
  await connectSigned(suite, suite.device, implied);
  const publish = (topic: string) =>
    suite.broker.downlink.publish({ productKey, deviceName, topic, payload: Buffer.of(), qos: 0 });
  const set = `/sys/${productKey}/${deviceName}/thing/service/property/set`;
  await expect.poll(() => publish(set)).toBe('sent');
  expect(await publish(customTopic(suite.device, 'get'))).toBe('unsubscribed');
  expect(await publish(`/broadcast/${productKey}/news`)).toBe('unsubscribed');
});

test('a broadcast reaches the devices of its product that subscribed to it, and no others', async () => {
  const suite = await startMemoryBroker();
  const { broker, parts, productKey } = suite;
  const topic = `/broadcast/${productKey}/news`;
  const listening = await comeBack(suite);
  await grantsOf(listening.client, [topic, customTopic(suite.device, 'get')]);
  const other = await registerTestDevice(parts, { productKey, deviceName: 'other' });
  const silent = await comeBack(suite, other);
  await grantsOf(silent.client, [customTopic(other, 'get')]);
  await broker.downlink.broadcast({ productKey, topic, payload: Buffer.from('news') });
  await expect.poll(() => listening.texts).toEqual(['news']);
  // Its SUBACK is behind what was sent to it before.
  await grantsOf(silent.client, [customTopic(other, 'update')]);
  expect(silent.texts).toEqual([]);
});

test('a device is sent 50 messages a second', async () => {
  const suite = await startMemoryBroker();
  const { client, texts } = await comeBack(suite);
  await grantsOf(client, [customTopic(suite.device, 'get')]);
  const sent = [];
  for (let number = 1; number <= 51; number += 1) sent.push(await send(suite, `${number}`, 0));
  expect(sent.filter((delivery) => delivery === 'sent')).toHaveLength(50);
  expect(sent.at(-1)).toBe('rate-exceeded');
  suite.parts.clock.advance(SECOND_MS);
  expect(await send(suite, 'next', 0)).toBe('sent');
  await expect.poll(() => texts.at(-1)).toBe('next');
});
