import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/shadow-updater/handler.ts';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';
import { reportOf, shadowMessage } from '../support/shadow-messages.ts';
import { registerTestDevice, type TestDevice } from '../support/test-device.ts';

let api: TestApi;
let device: TestDevice;

beforeEach(async () => {
  api = await openTestApi();
  device = await registerTestDevice(api.registry);
});

const name = (): Params => ({ ProductKey: device.productKey, DeviceName: device.deviceName });

async function documentOf(): Promise<unknown> {
  const { body } = await api.call('GetDeviceShadow', name());
  expect(body.Success).toBe(true);
  return JSON.parse(String(body['ShadowMessage']));
}

function update(state: unknown, version: unknown, more: Params = {}) {
  const ShadowMessage = JSON.stringify({ method: 'update', state, version });
  return api.call('UpdateDeviceShadow', { ...name(), ShadowMessage, ...more });
}

const orders = () =>
  api.downlink.published.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()));

const nowSeconds = () => Math.floor(api.clock.nowMs / 1000);

describe('GetDeviceShadow', () => {
  test('shows the whole document as text', async () => {
    const message = {
      ...shadowMessage(reportOf({ color: 'blue' }, 4), { messageId: '1' }),
      ...device,
    };
    const topic = `/shadow/update/${device.productKey}/${device.deviceName}`;
    const generateTimeMs = api.clock.nowMs;
    await createHandler(api.registry)([{ ...message, topic, generateTimeMs }]);
    await update({ desired: { color: 'red' } }, 5);
    expect(await documentOf()).toEqual({
      state: { reported: { color: 'blue' }, desired: { color: 'red' } },
      metadata: {
        reported: { color: { timestamp: nowSeconds() } },
        desired: { color: { timestamp: nowSeconds() } },
      },
      timestamp: nowSeconds(),
      version: 5,
    });
  });

  test('shows an empty document of version 0 before there is one', async () => {
    expect(await documentOf()).toEqual({ state: {}, metadata: {}, timestamp: 0, version: 0 });
  });

  test('refuses a device that does not exist', async () => {
    const { body } = await api.call('GetDeviceShadow', { ...name(), DeviceName: 'nobody' });
    expect(body).toMatchObject({ Success: false, Code: 'iot.device.NotExistedDevice' });
  });
});

describe('UpdateDeviceShadow', () => {
  test('orders a connected device to obey, and leaves one that is away to ask', async () => {
    expect((await update({ desired: { color: 'red' } }, 1)).body).toEqual({
      RequestId: expect.any(String),
      Success: true,
    });
    expect(orders()).toEqual([]);
    api.downlink.connected.add(`${device.productKey}/${device.deviceName}`);
    await update({ desired: { color: 'green' } }, 2);
    expect(orders()).toEqual([
      {
        method: 'control',
        payload: {
          status: 'success',
          state: { desired: { color: 'green' } },
          metadata: { desired: { color: { timestamp: nowSeconds() } } },
        },
        version: 2,
        timestamp: nowSeconds(),
      },
    ]);
    expect(api.downlink.published).toMatchObject([
      { topic: `/shadow/get/${device.productKey}/${device.deviceName}`, qos: 0 },
    ]);
  });

  test('replaces all that was desired, and as a delta only what it names', async () => {
    await update({ desired: { a: 1, b: { c: 1 } } }, 1);
    await update({ desired: { b: { d: 2 } } }, 2, { DeltaUpdate: true });
    expect(await documentOf()).toMatchObject({ state: { desired: { a: 1, b: { c: 1, d: 2 } } } });
    await update({ desired: { b: { d: 3 } } }, 3);
    expect(await documentOf()).toMatchObject({ state: { desired: { b: { d: 3 } } } });
    expect(JSON.stringify(await documentOf())).not.toContain('"c"');
  });

  test('sends nothing to the device where it desires nothing', async () => {
    api.downlink.connected.add(`${device.productKey}/${device.deviceName}`);
    await update({ reported: { a: 1 } }, 1);
    await update({ desired: 'null' }, 2);
    expect(orders()).toEqual([]);
    expect(await documentOf()).toMatchObject({ state: { reported: { a: 1 } }, version: 2 });
  });

  test('takes version 0 for any version', async () => {
    await update({ desired: { a: 1 } }, 5);
    expect((await update({ desired: { a: 2 } }, 0)).body.Success).toBe(true);
    expect(await documentOf()).toMatchObject({ state: { desired: { a: 2 } }, version: 5 });
  });

  test('refuses a version that is not above the stored one, and changes nothing', async () => {
    await update({ desired: { a: 1 } }, 5);
    const { status, body } = await update({ desired: { a: 2 } }, 5);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      Success: false,
      Code: 'iot.messagebroker.InvalidVersionValueInShadowMessage',
    });
    expect(await documentOf()).toMatchObject({ state: { desired: { a: 1 } } });
  });

  test.each([
    ['NullShadowMessage', ''],
    ['NotFoundMethodInShadowMessage', '{}'],
    ['ShadowMessageIsNotJson', 'x'],
    ['NotFoundDesireInShadowMessage', '{"method":"update","state":{},"version":1}'],
  ])('refuses with iot.messagebroker.%s: %s', async (code, ShadowMessage) => {
    const { body } = await api.call('UpdateDeviceShadow', { ...name(), ShadowMessage });
    expect(body).toMatchObject({ Success: false, Code: `iot.messagebroker.${code}` });
  });

  test('keeps the change where the way to the device is broken', async () => {
    const downlink = { ...api.downlink, publish: () => Promise.reject(new Error('no broker')) };
    Object.assign(api.registry, { downlink });
    expect((await update({ desired: { a: 1 } }, 1)).body.Success).toBe(true);
    expect(await documentOf()).toMatchObject({ version: 1 });
    expect(api.logged.map(({ message }) => message)).toContain('the device was not told');
  });
});
