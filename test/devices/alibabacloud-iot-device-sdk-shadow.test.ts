import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { connectLinkSdk } from '../support/link-sdk.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

const SDK = { packageName: 'alibabacloud-iot-device-sdk' } as const;

async function online(deviceName: string) {
  const identity = await stack.newDevice(deviceName);
  const { productKey } = identity;
  const reference = { ProductKey: productKey, DeviceName: deviceName };
  const device = await connectLinkSdk(stack, identity, SDK);
  return { device, reference };
}

describe('the shadow in alibabacloud-iot-device-sdk 1.2.8, as it is', () => {
  test('is posted, read, set by the server end, and deleted', async () => {
    const { device, reference } = await online('shadowed');
    device.tell('listen', 'onShadow');
    const success = { status: 'success', version: expect.any(Number) };

    device.tell('run', 'postShadow', { color: 'blue', mode: { level: 1 } });
    expect(await device.next('onShadow')).toMatchObject({ method: 'reply', payload: success });

    const desired = {
      method: 'update',
      state: { desired: { color: 'red' } },
      version: Date.now() + 60_000,
    };
    await stack.call('UpdateDeviceShadow', {
      ...reference,
      ShadowMessage: JSON.stringify(desired),
    });
    expect(await device.next('onShadow')).toMatchObject({
      method: 'control',
      payload: { status: 'success', state: { desired: { color: 'red' } } },
      version: desired.version,
    });

    device.tell('run', 'getShadow');
    expect(await device.next('onShadow')).toMatchObject({
      method: 'reply',
      payload: {
        status: 'success',
        state: { reported: { color: 'blue', mode: { level: 1 } }, desired: { color: 'red' } },
        metadata: { reported: { color: { timestamp: expect.any(Number) } } },
      },
    });
  });

  test('loses single attributes and then all', async () => {
    const { device, reference } = await online('forgetful');
    device.tell('listen', 'onShadow');
    for (const [method, ...args] of [
      ['postShadow', { color: 'blue', mode: 'eco', power: 3 }],
      ['deleteShadow', 'color'],
      ['deleteShadow', ['mode']],
    ]) {
      device.tell('run', method, ...args);
      expect(await device.next('onShadow')).toMatchObject({ payload: { status: 'success' } });
    }
    const reported = async () => {
      const { ShadowMessage } = await stack.call('GetDeviceShadow', reference);
      return JSON.parse(String(ShadowMessage)).state.reported;
    };
    expect(await reported()).toEqual({ power: 3 });
    device.tell('run', 'deleteShadow');
    expect(await device.next('onShadow')).toMatchObject({ payload: { status: 'success' } });
    expect((await reported()) ?? {}).toEqual({});
  });
});
