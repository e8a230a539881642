import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { customTopic, properties, propertyPost } from '../support/device-topics.ts';
import { base64 } from '../support/pop-core.ts';
import { closed, connectSigned, grantsOf, nextMessage } from '../support/signed-client.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

const KB = 1024;

function send({ productKey }: Identity, topic: string, text: string) {
  const message = { TopicFullName: topic, MessageContent: base64(text), Qos: 1 };
  return stack.call('Pub', { ProductKey: productKey, ...message });
}

describe('PUBLISH', () => {
  test('with retain is acknowledged, and nothing is kept for who subscribes later', async () => {
    const identity = await stack.newDevice('retainer');
    const topic = customTopic(identity, 'update');
    const client = await connectSigned(stack, identity);
    await client.publishAsync(topic, 'kept?', { qos: 1, retain: true });
    const message = nextMessage(client);
    expect(await grantsOf(client, [topic])).toEqual([1]);
    await send(identity, topic, 'marker');
    expect(await message).toEqual({ topic, text: 'marker', retain: false });
  });

  test('with QoS 2 ends the connection', async () => {
    const identity = await stack.newDevice('exactly-once');
    const client = await connectSigned(stack, identity);
    client.publish(customTopic(identity, 'update'), 'x', { qos: 2 }, () => undefined);
    await closed(client);
  });

  test('of 256 KB is acknowledged, and of 257 KB ends the connection', async () => {
    const identity = await stack.newDevice('large');
    const client = await connectSigned(stack, identity);
    await client.publishAsync(customTopic(identity, 'update'), Buffer.alloc(256 * KB), { qos: 1 });
    client.publish(
      customTopic(identity, 'update'),
      Buffer.alloc(257 * KB),
      { qos: 1 },
      () => undefined,
    );
    await closed(client);
  });

  test('to a topic of another device gets no PUBACK, and the connection goes on', async () => {
    const identity = await stack.newDevice('trespasser');
    const victim = await stack.newDevice('victim');
    const client = await connectSigned(stack, identity);
    let isAcknowledged = false;
    client.publish(propertyPost(victim), properties({ humidity: 77 }), { qos: 1 }, (error) => {
      if (!error) isAcknowledged = true;
    });
    await client.publishAsync(propertyPost(identity), properties({ humidity: 5 }), { qos: 1 });
    expect(isAcknowledged).toBe(false);
  });

  test('gets PUBACK for at most 30 messages of a second, and for all of them in the end', async () => {
    const identity = await stack.newDevice('flooding');
    const client = await connectSigned(stack, identity);
    const topic = customTopic(identity, 'update');
    const sentAtMs = Date.now();
    const secondsOf: number[] = [];
    const published = Array.from({ length: 100 }, async (_, number) => {
      await client.publishAsync(topic, `${number}`, { qos: 1 });
      secondsOf.push(Math.ceil((Date.now() - sentAtMs) / 1000));
    });
    await Promise.all(published);
    for (const [at, seconds] of secondsOf.entries()) {
      expect(at).toBeLessThan(30 * (seconds + 1));
    }
    expect(client.connected).toBe(true);
  });
});

describe('SUBSCRIBE', () => {
  test('grants 100 filters and answers the next one with 0x80, until one is given back', async () => {
    const identity = await stack.newDevice('subscriber');
    const client = await connectSigned(stack, identity);
    const filters = Array.from({ length: 100 }, (_, index) =>
      customTopic(identity, `topic${index}`),
    );
    for (let at = 0; at < filters.length; at += 5) {
      expect(await grantsOf(client, filters.slice(at, at + 5))).toEqual([1, 1, 1, 1, 1]);
    }
    const one = customTopic(identity, 'one');
    expect(await grantsOf(client, [one])).toEqual([0x80]);
    await client.unsubscribeAsync(filters[0] ?? '');
    expect(await grantsOf(client, [one])).toEqual([1]);
  });

  test('answers what is not the device’s with 0x80, and grants the rest of the packet', async () => {
    const identity = await stack.newDevice('curious');
    const victim = await stack.newDevice('watched');
    const client = await connectSigned(stack, identity);
    const own = customTopic(identity, 'get');
    const foreign = [
      customTopic(victim, 'get'),
      `/sys/${identity.productKey}/+/thing/service/property/set`,
      '#',
      propertyPost(identity),
    ];
    expect(await grantsOf(client, [own, ...foreign])).toEqual([1, 0x80, 0x80, 0x80, 0x80]);
    await send(victim, customTopic(victim, 'get'), 'for the other one');
    const message = nextMessage(client);
    await send(identity, own, 'for this one');
    expect(await message).toMatchObject({ text: 'for this one' });
  });

  test('stands after a clean session, until the device unsubscribes', async () => {
    const identity = await stack.newDevice('standing');
    const topic = customTopic(identity, 'get');
    const client = await connectSigned(stack, identity);
    expect(await grantsOf(client, [topic])).toEqual([1]);
    await client.endAsync();
    const back = await connectSigned(stack, identity);
    const message = nextMessage(back);
    await send(identity, topic, 'still subscribed');
    expect(await message).toMatchObject({ text: 'still subscribed' });
  });
});
