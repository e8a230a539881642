import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDevice } from '../support/device-program.ts';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTestCertificate } from '../support/test-certificate.ts';

type Registered = { productKey: string; deviceName: string; clientId: string; deviceToken: string };

function unregistered(stack: DeviceStack, deviceName: string, settings: object = {}) {
  const { productKey, productSecret } = stack.demo;
  const identity = { productKey, productSecret, deviceName, regionId: 'cn-shanghai' };
  return startDevice({
    program: 'seed-registration.cjs',
    settings: { ...identity, protocol: 'mqtt', ...settings },
    redirectTo: stack.mqttAddress,
  });
}

/** Registers, then comes back as who it is now, and posts. */
async function goThrough(stack: DeviceStack, deviceName: string, settings: object = {}) {
  const device = unregistered(stack, deviceName, settings);
  device.tell('register');
  const registered = await device.next<Registered>('registered');
  const { productKey } = stack.demo;
  expect(registered).toEqual({
    productKey,
    deviceName,
    clientId: expect.any(String),
    deviceToken: expect.any(String),
  });
  device.tell('goOnline', registered);
  await device.next('connect');
  const post = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  device.tell('publish', post, JSON.stringify({ id: '1', params: { temperature: 20 } }));
  await device.next('puback');
  const reference = { ProductKey: productKey, DeviceName: deviceName };
  await expect
    .poll(() => stack.call('QueryDeviceDetail', reference))
    .toMatchObject({
      Data: { DeviceName: deviceName, Status: 'ONLINE' },
    });
  return { device, registered };
}

describe('the sample of registration without preregistration', () => {
  let stack: DeviceStack;
  beforeAll(async () => {
    stack = await startDeviceStack();
  });
  afterAll(() => stack.stop());

  test('is given an identity over plain TCP from this machine, and connects with it', async () => {
    await goThrough(stack, 'unregistered-1');
  });

  test('is refused with another product secret', async () => {
    const device = unregistered(stack, 'unregistered-2', { productSecret: 'guess' });
    device.tell('register');
    expect(await device.next('register-error')).toMatch(/Bad username or password/);
  });

  test('is refused where dynamic registration is off', async () => {
    const { ProductKey, ProductSecret } = await stack
      .call('QueryProduct', {
        ProductKey: stack.productKey,
      })
      .then(({ Data }) => Object(Data));
    const product = { productKey: ProductKey, productSecret: ProductSecret };
    const device = unregistered(stack, 'unregistered-3', product);
    device.tell('register');
    expect(await device.next('register-error')).toMatch(/^Error: Connection refused/);
  });

  test('is not let in with a token that it was not given', async () => {
    const { registered } = await goThrough(stack, 'unregistered-4');
    const other = unregistered(stack, 'unregistered-4');
    other.tell('goOnline', { ...registered, deviceToken: `${registered.deviceToken}x` });
    expect(await other.next('connack')).toMatchObject({ returnCode: 4 });
  });
});

test('the sample of registration is given an identity over TLS, and connects with it', async () => {
  const tls = writeTestCertificate(tempFolder());
  const stack = await startDeviceStack({
    MOORING_TLS_CERT: tls.certPath,
    MOORING_TLS_KEY: tls.keyPath,
  });
  try {
    await goThrough(stack, 'over-tls', { protocol: 'mqtts', caPath: tls.certPath });
  } finally {
    await stack.stop();
  }
});
