import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { base64 } from '../support/pop-core.ts';
import { connectSeedMqtt } from '../support/seed-devices.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

test('the broadcast sample reaches the three devices of the product, and none of another one', async () => {
  const { productKey: ProductKey } = stack;
  const topic = `/broadcast/${ProductKey}/shareData`;
  const devices = await Promise.all(
    ['button', 'webApp', 'camera'].map(async (name) =>
      connectSeedMqtt(stack, await stack.newDevice(name), { topic }),
    ),
  );
  const foreigner = await connectSeedMqtt(
    stack,
    await stack.newDevice('foreigner', stack.demo.productKey),
    { topic: `/broadcast/${stack.demo.productKey}/shareData` },
  );
  const text = '{"broadcast":"this is broadcast data"}';
  const reply = await stack.call('PubBroadcast', {
    ProductKey,
    TopicFullName: topic,
    MessageContent: base64(text),
  });
  expect(reply).toMatchObject({ Success: true });
  for (const device of devices) expect(await device.next('message')).toEqual({ topic, text });
  expect(foreigner.waiting('message')).toBe(0);
});

test('a device may not subscribe to the broadcasts of another product', async () => {
  const topic = `/broadcast/${stack.demo.productKey}/shareData`;
  const device = await connectSeedMqtt(stack, await stack.newDevice('listener'), {
    topic: `/broadcast/${stack.productKey}/#`,
  });
  device.tell('subscribe', topic);
  expect(await device.next('suback')).toMatchObject({ granted: [128] });
});
