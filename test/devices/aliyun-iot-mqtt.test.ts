import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevice } from '../support/device-program.ts';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

test.each([
  ['without a region', {}],
  ['with a region, which it signs and does not send', { regionId: 'cn-shanghai' }],
])('aliyun-iot-mqtt 0.0.1, as it is, connects and posts %s', async (_, region) => {
  const identity = await stack.newDevice(`device-${Object.keys(region).length}`);
  const device = startDevice({
    program: 'seed-aliyun-iot-mqtt.cjs',
    settings: { ...identity, ...region },
    redirectTo: stack.mqttAddress,
  });
  await device.next('connect');
  const post = `/sys/${identity.productKey}/${identity.deviceName}/thing/event/property/post`;
  device.tell('subscribe', `${post}_reply`);
  expect(await device.next('suback')).toMatchObject({ granted: [0] });
  const request = { id: 7, params: { temperature: 20 }, method: 'thing.event.property.post' };
  device.tell('publish', post, JSON.stringify(request), { qos: 1 });
  await device.next('puback');
  const { text } = await device.next<{ text: string }>('message', { topic: `${post}_reply` });
  expect(JSON.parse(text)).toMatchObject({ id: '7', code: 200, data: {} });
});

test('aliyun-iot-mqtt 0.0.1 is refused with a wrong secret, and not let in by the redirection', async () => {
  const identity = await stack.newDevice('stranger');
  const device = startDevice({
    program: 'seed-aliyun-iot-mqtt.cjs',
    settings: { ...identity, deviceSecret: 'guess' },
    redirectTo: stack.mqttAddress,
  });
  expect(await device.next('connack')).toMatchObject({ returnCode: 4 });
});
