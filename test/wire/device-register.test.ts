import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type RpcClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeSdk } from '../sdk/node-sdk.mts';
import { C_SDK_RANDOM, registerForm } from '../support/device-register.ts';
import { exchange, post } from '../support/device-socket.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

// CommonJS: required, it is what a user's program gets.
const Rpc: typeof RpcClient = createRequire(import.meta.url)('@alicloud/pop-core');

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack.stop());

const PATH = '/auth/register/device';
const FORM = 'Content-Type: application/x-www-form-urlencoded';

async function answerTo(bytes: Buffer): Promise<Record<string, unknown>> {
  const { head, body } = await exchange(stack.port, bytes);
  expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(head).not.toMatch(/transfer-encoding/i);
  expect(head.length).toBeLessThan(1024);
  expect(Buffer.byteLength(body)).toBeLessThan(256);
  return JSON.parse(body);
}

type Device = { productKey: string; deviceName: string; deviceSecret: string };

async function call(action: string, params: object): Promise<Record<string, unknown>> {
  const { accessKeyId, accessKeySecret } = stack.demo;
  const endpoint = stack.endpoints['http'] ?? '';
  const client = new Rpc({ endpoint, apiVersion: '2018-01-20', accessKeyId, accessKeySecret });
  return client.request(action, params, { method: 'POST' });
}

async function newDevice(deviceName: string): Promise<Device> {
  const { productKey } = stack.demo;
  const { Data } = await call('RegisterDevice', { ProductKey: productKey, DeviceName: deviceName });
  return { productKey, deviceName, deviceSecret: String(Object(Data).DeviceSecret) };
}

/** As the C SDKs write it: nothing is encoded, and nothing has to be. */
function cSdkRegister(device: Device, productSecret: string, random = C_SDK_RANDOM): Buffer {
  const { productKey, deviceName } = device;
  const { sign } = registerForm(device, productSecret, { random });
  return post(
    PATH,
    ['Accept: text/xml,text/javascript,text/html,application/json', FORM],
    `productKey=${productKey}&deviceName=${deviceName}&random=${random}&sign=${sign}&signMethod=hmacsha256`,
  );
}

const register = (device: Device) => answerTo(cSdkRegister(device, stack.demo.productSecret));

async function signIn({ productKey, deviceName, deviceSecret }: Device): Promise<unknown> {
  const clientId = `${productKey}.${deviceName}`;
  const sign = createHmac('sha1', deviceSecret)
    .update(`clientId${clientId}deviceName${deviceName}productKey${productKey}`)
    .digest('hex');
  const form = { productKey, deviceName, clientId, signmethod: 'hmacsha1', sign };
  const answer = await answerTo(
    post('/auth', ['Content-Type: application/json'], JSON.stringify(form)),
  );
  return answer['code'];
}

describe('the C Link SDK over a socket', () => {
  test('obtains its secret, reads it without a parser, and signs in with it', async () => {
    const device = await newDevice('c-sdk-device');
    const { body } = await exchange(stack.port, cSdkRegister(device, stack.demo.productSecret));
    expect(body).toMatch(/^\{"code":200,/);
    const [, deviceSecret = ''] = /"deviceSecret":"([^"]{1,64})"/.exec(body) ?? [];
    expect(deviceSecret).toBe(device.deviceSecret);
    expect(await signIn({ ...device, deviceSecret })).toBe(0);
    expect(await register(device)).toEqual({ code: 6289, message: 'device is already activated' });
  });

  test('is refused with 6600 for a wrong product secret', async () => {
    const device = await newDevice('c-sdk-guess');
    const answer = await answerTo(cSdkRegister(device, 'guess'));
    expect(answer).toEqual({ code: 6600, message: 'signature check failed' });
  });
});

test('the HTTP sample of the manuals, with signMethod Hmacmd5, obtains the secret and then a token', async () => {
  const device = await newDevice('sample-device');
  const form = registerForm(device, stack.demo.productSecret, {
    random: '789',
    signMethod: 'Hmacmd5',
  });
  const { productKey, deviceName, random, sign, signMethod } = form;
  const body = `productKey=${productKey}&deviceName=${deviceName}&random=${random}&sign=${sign}&signMethod=${signMethod}`;
  const answer = await answerTo(post(PATH, [FORM], body));
  expect(answer).toEqual({ code: 200, data: device, message: 'success' });
  expect(await signIn(device)).toBe(0);
});

describe('alibabacloud-iot-device-sdk, as it is', () => {
  const registerBySdk = (options: Readonly<Record<string, string>>) =>
    new Promise<Record<string, unknown>>((resolve) => {
      const registerURL = `${stack.endpoints['http']}${PATH}`;
      nodeSdk.register({ registerURL, ...options }, resolve);
    });

  test('obtains the secret', async () => {
    const { productSecret } = stack.demo;
    const device = await newDevice('node-sdk-device');
    const { productKey, deviceName } = device;
    const answer = await registerBySdk({ productKey, productSecret, deviceName });
    expect(answer).toEqual({ code: 200, data: device, message: 'success' });
    expect(await signIn(device)).toBe(0);
  });

  test('hands the refusal to its program', async () => {
    const { productKey, deviceName, productSecret } = stack.demo;
    const answer = await registerBySdk({ productKey, productSecret, deviceName });
    expect(answer).toEqual({ code: 6289, message: 'device is already activated' });
  });
});

describe('the management API', () => {
  test('opens registration again with ResetThing', async () => {
    const device = await newDevice('reset-device');
    const { productKey, deviceName } = device;
    expect(await signIn(device)).toBe(0);
    expect(await register(device)).toMatchObject({ code: 6289 });
    const reset = await call('ResetThing', { ProductKey: productKey, DeviceName: deviceName });
    expect(reset).toEqual({ RequestId: expect.any(String), Success: true });
    expect(await register(device)).toMatchObject({ code: 200, data: device });
  });

  test('switches registration off and on', async () => {
    const device = await newDevice('switch-device');
    const ProductKey = device.productKey;
    await call('SetProductRegistration', { ProductKey, DynamicRegistration: 'false' });
    expect(await register(device)).toMatchObject({ code: 6288 });
    await call('SetProductRegistration', { ProductKey, DynamicRegistration: 'true' });
    expect(await register(device)).toMatchObject({ code: 200, data: device });
  });
});

test('50 sign-ins and 50 registrations at once leave one activation, and no secret behind a sign-in', async () => {
  const device = await newDevice('crowded-device');
  const activation = async () => {
    const { productKey, deviceName } = device;
    const params = { ProductKey: productKey, DeviceName: deviceName };
    return Object((await call('QueryDeviceDetail', params))['Data']).UtcActive;
  };
  const rounds = Array.from({ length: 50 }, async () => {
    const early = register(device);
    const signedIn = await signIn(device);
    const activatedAt = await activation();
    const late = await register(device);
    return { early: (await early)['code'], signedIn, activatedAt, late: late['code'] };
  });
  const seen = await Promise.all(rounds);
  for (const { early, signedIn, late } of seen) {
    expect([signedIn, late]).toEqual([0, 6289]);
    expect([200, 6289]).toContain(early);
  }
  expect(seen[0]?.activatedAt).toMatch(/^20.*Z$/);
  expect(new Set(seen.map(({ activatedAt }) => activatedAt)).size).toBe(1);
});
