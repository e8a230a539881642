import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { customTopic, properties, propertyPost } from '../support/device-topics.ts';
import { base64 } from '../support/pop-core.ts';
import {
  closed,
  connectSigned,
  credentials,
  grantsOf,
  nextMessage,
} from '../support/signed-client.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

const SLOW = { timeout: 10_000 };

describe('CONNECT', () => {
  test.each([0, 29, 1201])(
    'is refused as identifier rejected with a keepalive of %d s',
    async (keepalive) => {
      const identity = await stack.newDevice(`keepalive-${keepalive}`);
      await expect(connectSigned(stack, identity, { keepalive })).rejects.toMatchObject({
        code: 2,
      });
    },
  );

  test.each([30, 1200])('is accepted with a keepalive of %d s', async (keepalive) => {
    const identity = await stack.newDevice(`keepalive-${keepalive}`);
    const client = await connectSigned(stack, identity, { keepalive });
    expect(client.connected).toBe(true);
  });

  test('is refused as bad user name or password with a wrong secret, and with another name', async () => {
    const identity = await stack.newDevice('wrong-secret');
    const guess = { ...identity, deviceSecret: 'guess' };
    await expect(connectSigned(stack, guess)).rejects.toMatchObject({ code: 4 });
    const stranger = { ...identity, deviceName: 'nobody' };
    await expect(connectSigned(stack, stranger)).rejects.toMatchObject({ code: 4 });
  });

  test('is refused to a disabled device, and accepted again when it is enabled', async () => {
    const identity = await stack.newDevice('disabled');
    const reference = { ProductKey: identity.productKey, DeviceName: 'disabled' };
    await stack.call('DisableThing', reference);
    await expect(connectSigned(stack, identity)).rejects.toMatchObject({ code: 5 });
    await stack.call('EnableThing', reference);
    expect((await connectSigned(stack, identity)).connected).toBe(true);
  });

  test('is accepted in MQTT 3.1 with a client id of more than 23 characters', async () => {
    const identity = await stack.newDevice('mqtt-3-1');
    const { clientId } = credentials(identity);
    expect(clientId.length).toBeGreaterThan(23);
    const version = { protocolId: 'MQIsdp', protocolVersion: 3 } as const;
    const client = await connectSigned(stack, identity, version);
    const topic = customTopic(identity, 'get');
    expect(await grantsOf(client, [topic])).toEqual([1]);
    const message = nextMessage(client);
    const { productKey: ProductKey } = identity;
    const MessageContent = base64('to 3.1');
    await stack.call('Pub', { ProductKey, TopicFullName: topic, MessageContent, Qos: 1 });
    expect(await message).toMatchObject({ text: 'to 3.1' });
  });

  test('is refused as an unacceptable version in MQTT 5', async () => {
    const identity = await stack.newDevice('mqtt-5');
    await expect(connectSigned(stack, identity, { protocolVersion: 5 })).rejects.toThrow(
      'Unacceptable protocol version',
    );
    expect((await connectSigned(stack, identity)).connected).toBe(true);
  });

  test('ends the older connection of the device, whatever its client id', async () => {
    const identity = await stack.newDevice('twice');
    const first = await connectSigned(stack, identity);
    const second = await connectSigned(stack, identity, credentials(identity, 'another'));
    await closed(first);
    expect(second.connected).toBe(true);
  });

  test('with a will is accepted, and nothing comes of the will', async () => {
    const identity = await stack.newDevice('willing');
    const payload = Buffer.from(properties({ humidity: 66 }));
    const will = { topic: propertyPost(identity), payload, qos: 1, retain: false } as const;
    const client = await connectSigned(stack, identity, { will });
    client.stream.destroy();
    const reference = { ProductKey: identity.productKey, DeviceName: 'willing' };
    await expect
      .poll(() => stack.call('GetDeviceStatus', reference), SLOW)
      .toMatchObject({ Data: { Status: 'OFFLINE' } });
    const back = await connectSigned(stack, identity);
    await back.publishAsync(propertyPost(identity), properties({ temperature: 20 }), { qos: 1 });
    const status = async () =>
      JSON.stringify(await stack.call('QueryDevicePropertyStatus', reference));
    await expect.poll(status, SLOW).toContain('"Value":"20"');
    expect(await status()).not.toContain('"Value":"66"');
  });
});
