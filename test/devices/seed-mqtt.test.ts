import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { base64 } from '../support/pop-core.ts';
import { connectSeedClient } from '../support/seed-devices.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

describe('the MQTT sample', () => {
  test('connects with a session of its own, and is answered its pings', async () => {
    const device = await connectSeedClient(stack, await stack.newDevice('pinger'));
    expect(await device.next('connack')).toEqual({ returnCode: 0 });
    device.tell('ping');
    expect(await device.next('pingresp')).toEqual({});
  });

  test('posts properties with a number for an id and no version, and gets PUBACK', async () => {
    const identity = await stack.newDevice('poster');
    const device = await connectSeedClient(stack, identity);
    const post = `/sys/${identity.productKey}/poster/thing/event/property/post`;
    const params = { temperature: 23, humidity: 73 };
    const request = { id: Date.now(), params, method: 'thing.event.property.post' };
    device.tell('publish', post, JSON.stringify(request), { qos: 1 });
    expect(await device.next('puback')).toEqual({ messageId: expect.any(Number) });
    const reference = { ProductKey: identity.productKey, DeviceName: 'poster' };
    await expect
      .poll(async () => JSON.stringify(await stack.call('QueryDevicePropertyStatus', reference)), {
        timeout: 10_000,
      })
      .toMatch(/"Identifier":"humidity".*"Value":"73"/);
  });

  test('subscribes to a custom topic, gets what is published there, and unsubscribes', async () => {
    const identity = await stack.newDevice('listener');
    const { productKey: ProductKey } = identity;
    const device = await connectSeedClient(stack, identity);
    const control = `/${ProductKey}/listener/control`;
    const publish = (text: string) =>
      stack.call('Pub', {
        ProductKey,
        TopicFullName: control,
        MessageContent: base64(text),
        Qos: 1,
      });

    device.tell('subscribe', control);
    expect(await device.next('suback')).toMatchObject({ granted: [0] });
    await publish('{"power":"on"}');
    expect(await device.next('message')).toEqual({ topic: control, text: '{"power":"on"}' });

    device.tell('unsubscribe', control);
    await device.next('unsuback');
    await publish('unheard');
    // What comes over the same connection later is there, so the other one is not on its way.
    device.tell('subscribe', control);
    await device.next('suback');
    await publish('heard');
    expect(await device.next('message')).toEqual({ topic: control, text: 'heard' });
  });
});

describe('the sample of messages to a device that is away', () => {
  test('gets a QoS 1 message when it comes back with its session', async () => {
    const { identity, send, control } = await awayWith({ clean: false });
    await send('while away', 1);
    const back = await connectSeedClient(stack, identity, { clean: false });
    expect(await back.next('message')).toEqual({ topic: control, text: 'while away' });
  });

  test('does not get again what it has acknowledged', async () => {
    const { identity, send, control } = await awayWith({ clean: false });
    await send('first', 1);
    const back = await connectSeedClient(stack, identity, { clean: false });
    expect(await back.next('message')).toMatchObject({ text: 'first' });
    // Its PUBACK comes for what follows the acknowledgement on the same connection.
    back.tell('publish', control.replace('control', 'update'), 'got it', { qos: 1 });
    await back.next('puback');
    await back.stop();
    await gone(identity);
    await send('second', 1);
    const again = await connectSeedClient(stack, identity, { clean: false });
    expect(await again.next('message')).toMatchObject({ text: 'second' });
  });

  test('does not get a QoS 0 message', async () => {
    const { identity, send } = await awayWith({ clean: false });
    await send('lost', 0);
    await send('kept', 1);
    const back = await connectSeedClient(stack, identity, { clean: false });
    expect(await back.next('message')).toMatchObject({ text: 'kept' });
  });

  test('does not get a QoS 1 message when it is without a session', async () => {
    const { identity, send, control } = await awayWith({ clean: true });
    await send('lost', 1);
    const back = await connectSeedClient(stack, identity, { clean: true });
    back.tell('subscribe', control);
    await back.next('suback');
    await send('heard', 1);
    expect(await back.next('message')).toMatchObject({ text: 'heard' });
  });
});

let away = 0;

/** A device that has subscribed to its control topic, and has gone. */
async function awayWith(settings: { clean: boolean }) {
  away += 1;
  const identity = await stack.newDevice(`away-${away}`);
  const { productKey: ProductKey, deviceName } = identity;
  const control = `/${ProductKey}/${deviceName}/control`;
  const device = await connectSeedClient(stack, identity, settings);
  device.tell('subscribe', control);
  await device.next('suback');
  await device.stop();
  await gone(identity);
  const send = async (text: string, Qos: 0 | 1) => {
    const message = { ProductKey, TopicFullName: control, MessageContent: base64(text), Qos };
    expect(await stack.call('Pub', message)).toMatchObject({ Success: true });
  };
  return { identity, control, send };
}

async function gone({ productKey, deviceName }: { productKey: string; deviceName: string }) {
  await expect
    .poll(() => stack.call('GetDeviceStatus', { ProductKey: productKey, DeviceName: deviceName }), {
      timeout: 10_000,
    })
    .toMatchObject({ Data: { Status: 'OFFLINE' } });
}
