import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { connectSeedMqtt } from '../support/seed-devices.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

/** The server end: a new configuration among the desired values. Its time is in metadata, in seconds. */
async function configure({ productKey, deviceName }: Identity, maxTemperature: number) {
  const state = { desired: { appConfig: { maxTemperature } } };
  const ShadowMessage = JSON.stringify({ method: 'update', state, version: Date.now() });
  const reference = { ProductKey: productKey, DeviceName: deviceName };
  const reply = await stack.call('UpdateDeviceShadow', { ...reference, ShadowMessage });
  expect(reply).toMatchObject({ Success: true });
}

const connect = (identity: Identity) =>
  connectSeedMqtt(stack, identity, {
    topic: `/shadow/get/${identity.productKey}/${identity.deviceName}`,
  });

type Program = Awaited<ReturnType<typeof connect>>;

async function nextShadow(device: Program) {
  const { text } = await device.next<{ text: string }>('message');
  return JSON.parse(text);
}

function askFor(device: Program, { productKey, deviceName }: Identity) {
  device.tell('publish', `/shadow/update/${productKey}/${deviceName}`, '{"method":"get"}', {
    qos: 1,
  });
}

/** What the sample prints of a message: it reads these members and has no other plan. */
function printed({ payload }: { payload: Record<'state' | 'metadata', { desired: unknown }> }) {
  const { content, timestamp } = {
    content: Object(payload.state.desired).appConfig,
    timestamp: Object(payload.metadata.desired).appConfig.timestamp,
  };
  return { content, timestampSeconds: timestamp };
}

test('the shadow sample gets a new configuration at once while it is connected', async () => {
  const identity = await stack.newDevice('connected');
  const device = await connect(identity);
  await configure(identity, 39.5);
  const control = await nextShadow(device);
  expect(control.method).toBe('control');
  expect(printed(control)).toEqual({
    content: { maxTemperature: 39.5 },
    timestampSeconds: expect.any(Number),
  });
});

test('the shadow sample gets the configuration that it missed when it asks after coming back', async () => {
  const identity = await stack.newDevice('missing');
  const first = await connect(identity);
  askFor(first, identity);
  expect(await nextShadow(first)).toMatchObject({ method: 'reply' });
  await first.stop();
  const beforeSeconds = Math.floor(Date.now() / 1000);
  await configure(identity, 41);

  const back = await connect(identity);
  askFor(back, identity);
  const reply = await nextShadow(back);
  expect(reply.method).toBe('reply');
  const { content, timestampSeconds } = printed(reply);
  expect(content).toEqual({ maxTemperature: 41 });
  expect(timestampSeconds).toBeGreaterThanOrEqual(beforeSeconds);
  expect(timestampSeconds).toBeLessThanOrEqual(Math.floor(Date.now() / 1000));
});
