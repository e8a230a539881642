import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeviceStack } from './device-stack.ts';
import { jsonBodyOf } from './drain-bus.ts';
import { connectLinkSdk } from './link-sdk.ts';
import { type WatchedBus, watchBus } from './watched-bus.ts';

const SDK = { packageName: 'alibabacloud-iot-device-sdk' } as const;
const SLOW = { timeout: 10_000 };

/**
 * What alibabacloud-iot-device-sdk 1.2.8 does, unmodified, at the broker of `start`: its two ends and the
 * bus between. Called inside a `describe`.
 */
export function linkSdkTests(start: () => Promise<DeviceStack>, startTimeoutMs?: number): void {
  let stack: DeviceStack;
  let bus: WatchedBus;
  beforeAll(async () => {
    stack = await start();
    bus = watchBus(stack.dataDir);
  }, startTimeoutMs);
  afterAll(async () => {
    await bus.stop();
    await stack.stop();
  });

  async function online(deviceName: string) {
    const identity = await stack.newDevice(deviceName);
    const { productKey } = identity;
    const reference = { ProductKey: productKey, DeviceName: deviceName };
    const device = await connectLinkSdk(stack, identity, SDK);
    return { device, identity, reference };
  }

  test('is granted all sixteen topics that it subscribes to by itself', async () => {
    const { device } = await online('subscriber');
    expect(device.granted.size).toBe(16);
    expect([...device.granted].filter(([, granted]) => granted !== 1)).toEqual([]);
  });

  test('is granted the topics of a gateway when it is one', async () => {
    const identity = await stack.newDevice('gateway');
    const gateway = await connectLinkSdk(stack, identity, { ...SDK, kind: 'gateway' });
    const session = `/ext/session/${identity.productKey}/gateway/combine`;
    expect(gateway.granted.size).toBe(16);
    expect(gateway.granted.get(`${session}/login_reply`)).toBe(1);
    expect(gateway.granted.get(`${session}/logout_reply`)).toBe(1);
  });

  test('connects when it is told to sign with SHA-256, and signs with SHA-1', async () => {
    const identity = await stack.newDevice('signs-with-sha-1');
    const settings = { signAlgorithm: 'sha256' };
    const device = await connectLinkSdk(stack, identity, { ...SDK, settings });
    expect(await device.ask('postProps', { temperature: 20 })).toMatchObject({ code: 200 });
  });

  test('posts properties, is called back with 200, and the server end sees them', async () => {
    const { device, reference } = await online('poster');
    const answer = await device.ask('postProps', { temperature: 21.5, LightSwitch: 1 });
    expect(answer).toMatchObject({
      code: 200,
      data: {},
      message: 'success',
      method: 'thing.event.property.post',
    });
    await expect
      .poll(async () => {
        const { Data } = await stack.call('QueryDevicePropertyStatus', reference);
        const { List } = Data as { List: { PropertyStatusInfo: Record<string, string>[] } };
        return List.PropertyStatusInfo.map((info) => [info['Identifier'], info['Value']]);
      }, SLOW)
      .toEqual(
        expect.arrayContaining([
          ['temperature', '21.5'],
          ['LightSwitch', '1'],
        ]),
      );
  });

  test('is told which of its properties the product does not have', async () => {
    const { device } = await online('poster-of-unknown');
    const answer = await device.ask('postProps', { temperature: 20, Foo: 1 });
    expect(answer.code).toBe(200);
    expect(answer.data).toEqual({ Foo: expect.stringContaining('tsl parse: params not exist') });
  });

  test('posts an event, is called back with 200, and the server end sees it', async () => {
    const { device, reference } = await online('event-poster');
    const startMs = Date.now() - 60_000;
    const answer = await device.ask('postEvent', 'Overheat', { level: 2 });
    expect(answer).toMatchObject({ code: 200, data: {}, method: 'thing.event.Overheat.post' });
    const range = { StartTime: startMs, EndTime: Date.now() + 60_000, PageSize: 10, Asc: 1 };
    await expect
      .poll(async () => {
        const asked = { ...reference, Identifier: 'Overheat', ...range };
        const { Data } = await stack.call('QueryDeviceEventData', asked);
        const { List } = Data as { List: { EventInfo: { OutputData: string }[] } };
        return List.EventInfo.map((info) => JSON.parse(info.OutputData));
      }, SLOW)
      .toEqual([{ level: 2 }]);
  });

  test('hands property sets to onProps', async () => {
    const { device, reference } = await online('settable');
    device.tell('listen', 'onProps');
    const items = { Items: JSON.stringify({ LightSwitch: 1 }) };
    const reply = await stack.call('SetDeviceProperty', { ...reference, ...items });
    expect(reply).toMatchObject({ Success: true, Data: { MessageId: expect.anything() } });
    expect(await device.next('onProps')).toEqual({
      method: 'thing.service.property.set',
      id: expect.stringMatching(/^\d+$/),
      params: { LightSwitch: 1 },
      version: expect.any(String),
    });
  });

  test('hands a service that nobody waits for to onService, and its answer is taken', async () => {
    const { device, reference } = await online('async-service');
    device.tell('serve', 'Reset', { code: 200, data: {} }, 'async');
    await device.next('suback');
    const invoked = { ...reference, Identifier: 'Reset', Args: JSON.stringify({ delay: 5 }) };
    const reply = await stack.call('InvokeThingService', invoked);
    expect(reply).toMatchObject({ Success: true, Data: { MessageId: expect.anything() } });
    expect(await device.next('service')).toMatchObject({
      service: 'Reset',
      request: { method: 'thing.service.Reset', params: { delay: 5 } },
    });
    const replied = await bus.find(
      ({ kind, deviceName }) => kind === 'reply' && deviceName === 'async-service',
    );
    expect(jsonBodyOf(replied)).toMatchObject({ code: 200, data: {}, deviceName: 'async-service' });
  });

  test('answers a service that is waited for, and the caller gets its result', async () => {
    const { device, reference } = await online('sync-service');
    device.tell('serve', 'Measure', { code: 200, data: { value: 21.5 } }, 'sync');
    await device.next('suback');
    const invoked = { ...reference, Identifier: 'Measure', Args: JSON.stringify({ channel: 3 }) };
    const { Data } = await stack.call('InvokeThingService', invoked);
    expect(JSON.parse(String(Object(Data).Result))).toEqual({ value: 21.5 });
    expect(await device.next('service')).toMatchObject({ request: { params: { channel: 3 } } });
  });

  test('posts and deletes tags, is called back with 200, and the server end sees them', async () => {
    const { device, reference } = await online('tagged');
    const tags = [
      { attrKey: 'Room', attrValue: 'B12' },
      { attrKey: 'Floor', attrValue: '3' },
    ];
    expect(await device.ask('postTags', tags)).toMatchObject({ code: 200, data: {} });
    const props = async () =>
      JSON.parse(String((await stack.call('QueryDeviceProp', reference))['Props']));
    expect(await props()).toEqual({ Room: 'B12', Floor: '3' });
    expect(await device.ask('deleteTags', ['Floor'])).toMatchObject({ code: 200, data: {} });
    expect(await props()).toEqual({ Room: 'B12' });
  });

  test('gets the configuration of its product and can fetch it', async () => {
    const { device, reference } = await online('configured');
    const { ProductKey } = reference;
    const Content = JSON.stringify({ interval: 30 });
    await stack.call('SetRemoteConfig', { ProductKey, Content });
    const { code, data } = await device.ask('getConfig');
    expect(code).toBe(200);
    expect(data).toMatchObject({ getType: 'file', signMethod: 'Sha256' });
    const content = await (await fetch(String(data['url']))).text();
    expect(content).toBe(Content);
    expect(data['configSize']).toBe(Buffer.byteLength(content));
    expect(data['sign']).toBe(createHash('sha256').update(content).digest('hex'));

    device.tell('listen', 'onConfig');
    await stack.call('PushRemoteConfig', { ProductKey, DeviceName: 'configured' });
    expect(await device.next('onConfig')).toMatchObject({
      method: 'thing.config.push',
      params: { configId: data['configId'], sign: data['sign'] },
    });
  });
}
