import { describe, expect, test } from 'vitest';
import { startDeviceStack } from '../support/device-stack.ts';
import { connectLinkSdk } from '../support/link-sdk.ts';
import { linkSdkTests } from '../support/link-sdk-tests.ts';

const SDK = { packageName: 'alibabacloud-iot-device-sdk' } as const;

describe('alibabacloud-iot-device-sdk 1.2.8, as it is', () => {
  linkSdkTests(() => startDeviceStack());
});

test('alibabacloud-iot-device-sdk 1.2.8, as it is, connects over WebSocket', async () => {
  const stack = await startDeviceStack();
  try {
    const identity = await stack.newDevice('connects-over-ws');
    const settings = { brokerUrl: stack.endpoints['ws'] };
    const device = await connectLinkSdk(stack, identity, { ...SDK, settings });
    expect(await device.ask('postProps', { temperature: 20 })).toMatchObject({ code: 200 });
  } finally {
    await stack.stop();
  }
});
