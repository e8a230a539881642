import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { connectLinkSdk } from '../support/link-sdk.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

const SDK = { packageName: 'aliyun-iot-device-sdk' } as const;

async function online(deviceName: string) {
  const identity = await stack.newDevice(deviceName);
  const reference = { ProductKey: identity.productKey, DeviceName: deviceName };
  const device = await connectLinkSdk(stack, identity, SDK);
  return { device, identity, reference };
}

describe('aliyun-iot-device-sdk 1.0.1, as it is', () => {
  test('connects with line breaks in its client id, and is granted what it subscribes to', async () => {
    const { device } = await online('subscriber');
    expect(device.granted.size).toBe(11);
    expect([...device.granted].filter(([, granted]) => granted !== 1)).toEqual([]);
  });

  test('posts properties and events as its README shows, and is called back with 200', async () => {
    const { device } = await online('poster');
    expect(await device.ask('postProps', { LightSwitch: 0 })).toMatchObject({ code: 200 });
    // It subscribes to the replies of an event together with the first one, and waits for nothing.
    expect(await device.ask('postEvent', 'Overheat', { level: 1 })).toMatchObject({ code: 200 });
  });

  test('gets a service call by onService', async () => {
    const { device, reference } = await online('server');
    device.tell('serve', 'Reset', null);
    await device.next('suback');
    const invoked = { ...reference, Identifier: 'Reset', Args: JSON.stringify({ delay: 7 }) };
    expect(await stack.call('InvokeThingService', invoked)).toMatchObject({ Success: true });
    expect(await device.next('service')).toMatchObject({
      service: 'Reset',
      request: { params: { delay: 7 }, id: expect.any(String) },
    });
  });

  test('posts and deletes tags, next to those that it posts by itself', async () => {
    const { device, reference } = await online('tagged');
    const tags = [{ attrKey: 'Temperature', attrValue: '36.8' }];
    expect(await device.ask('postTags', tags)).toMatchObject({ code: 200 });
    const { Props } = await stack.call('QueryDeviceProp', reference);
    expect(JSON.parse(String(Props))).toMatchObject({ Temperature: '36.8' });
    expect(await device.ask('deleteTags', ['Temperature'])).toMatchObject({ code: 200 });
  });

  test('gets its shadow by onShadow', async () => {
    const { device } = await online('shadowed');
    device.tell('listen', 'onShadow');
    device.tell('run', 'postShadow', { a: 'avalue' });
    expect(await device.next('onShadow')).toMatchObject({ payload: { status: 'success' } });
    device.tell('run', 'getShadow');
    expect(await device.next('onShadow')).toMatchObject({
      payload: { state: { reported: { a: 'avalue' } } },
    });
  });

  test('sends to and gets from custom topics without /user', async () => {
    const { device, identity, reference } = await online('custom');
    const topic = `/${identity.productKey}/custom/get`;
    device.tell('run', 'subscribe', topic);
    await device.next('suback');
    const MessageContent = Buffer.from('hello device').toString('base64');
    const message = { ProductKey: reference.ProductKey, TopicFullName: topic, MessageContent };
    expect(await stack.call('Pub', { ...message, Qos: 1 })).toMatchObject({ Success: true });
    expect(await device.next('message', { topic })).toEqual({ topic, text: 'hello device' });
    device.tell('run', 'publish', `/${identity.productKey}/custom/update`, 'hello world!', {
      qos: 1,
    });
    expect(await device.next('puback')).toMatchObject({ messageId: expect.any(Number) });
  });
});
