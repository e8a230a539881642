import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { base64 } from '../support/pop-core.ts';
import { connectSeedMqtt } from '../support/seed-devices.ts';

let stack: DeviceStack;
beforeAll(async () => {
  stack = await startDeviceStack();
});
afterAll(() => stack.stop());

const COMMAND = { power: 200, port: 3 };
/** As the sample has it, with the line break inside its string. */
const TOPIC = '/charging/cmd\n';

function call({ productKey, deviceName }: Identity, options: Record<string, string | number> = {}) {
  return stack.call('Rrpc', {
    ProductKey: productKey,
    DeviceName: deviceName,
    RequestBase64Byte: base64(JSON.stringify(COMMAND)),
    Timeout: 8000,
    ...options,
  });
}

function payloadOf({ PayloadBase64Byte }: Record<string, unknown>): unknown {
  return JSON.parse(Buffer.from(String(PayloadBase64Byte), 'base64').toString());
}

const systemRequests = ({ productKey, deviceName }: Identity) =>
  `/sys/${productKey}/${deviceName}/rrpc/request/`;

/** The charging pile: answers whatever comes. */
async function systemDevice(deviceName: string) {
  const identity = await stack.newDevice(deviceName);
  const requests = systemRequests(identity);
  const answers = { [requests]: { bizCode: 0 } };
  const device = await connectSeedMqtt(stack, identity, { topic: `${requests}+`, answers });
  return { identity, device };
}

describe('the RRPC sample on system topics', () => {
  test('gets the request, and the server end its answer', async () => {
    const { identity, device } = await systemDevice('charging-pile');
    const reply = await call(identity);
    expect(reply).toMatchObject({ Success: true, RrpcCode: 'SUCCESS' });
    expect(payloadOf(reply)).toEqual({ bizCode: 0 });
    const { topic, text } = await device.next<{ topic: string; text: string }>('message');
    expect(topic).toMatch(new RegExp(`^${systemRequests(identity)}\\d+$`));
    expect(JSON.parse(text)).toEqual(COMMAND);
  });

  test('tells the server end TIMEOUT when the device says nothing', async () => {
    const identity = await stack.newDevice('silent-pile');
    await connectSeedMqtt(stack, identity, { topic: `${systemRequests(identity)}+` });
    const reply = await call(identity, { Timeout: 1000 });
    expect(reply).toMatchObject({ Success: true, RrpcCode: 'TIMEOUT' });
    expect(reply).not.toHaveProperty('Code');
  });

  test('tells the server end OFFLINE when the device is away', async () => {
    const identity = await stack.newDevice('absent-pile');
    expect(await call(identity)).toMatchObject({ Success: true, RrpcCode: 'OFFLINE' });
  });

  test('does not send the request later, when the device is back', async () => {
    const { identity, device } = await systemDevice('late-pile');
    await device.stop();
    await expect
      .poll(() => call(identity, { Timeout: 1000 }), { timeout: 15_000 })
      .toMatchObject({ RrpcCode: 'OFFLINE' });
    const topic = `${systemRequests(identity)}+`;
    const answers = { [systemRequests(identity)]: { bizCode: 0 } };
    const back = await connectSeedMqtt(stack, identity, { topic, answers });
    expect(await call(identity)).toMatchObject({ RrpcCode: 'SUCCESS' });
    await back.next('message');
    expect(back.waiting('message')).toBe(0);
  });
});

describe('the RRPC sample on a custom topic', () => {
  test.each([
    ['with ext=1 in its client id', { ext: 1 }],
    ['as it is printed, with a package that cannot send ext', {}],
  ])('answers on the topic of the request %s', async (_, extension) => {
    const identity = await stack.newDevice(`custom-pile-${Object.keys(extension).length}`);
    const settings = { topic: '/ext/rrpc/+', answers: { '/ext/rrpc/': { bizCode: 0 } } };
    const device = await connectSeedMqtt(stack, identity, { ...settings, ...extension });
    const reply = await call(identity, { Topic: TOPIC });
    const { topic, text } = await device.next<{ topic: string; text: string }>('message');
    expect(topic).toMatch(/^\/ext\/rrpc\/\d+\/charging\/cmd$/);
    expect(JSON.parse(text)).toEqual(COMMAND);
    expect(reply).toMatchObject({ Success: true, RrpcCode: 'SUCCESS' });
    expect(payloadOf(reply)).toEqual({ bizCode: 0 });
  });

  test('tells the server end TIMEOUT and OFFLINE', async () => {
    const silent = await stack.newDevice('silent-custom');
    await connectSeedMqtt(stack, silent, { topic: '/ext/rrpc/+', ext: 1 });
    const options = { Topic: TOPIC, Timeout: 1000 };
    expect(await call(silent, options)).toMatchObject({ RrpcCode: 'TIMEOUT' });
    const absent = await stack.newDevice('absent-custom');
    expect(await call(absent, options)).toMatchObject({ RrpcCode: 'OFFLINE' });
  });

  test('is not answered by another device that guesses the topic', async () => {
    const identity = await stack.newDevice('called-pile');
    const called = await connectSeedMqtt(stack, identity, { topic: '/ext/rrpc/+', ext: 1 });
    const forger = await connectSeedMqtt(stack, await stack.newDevice('forger'), {
      topic: '/ext/rrpc/+',
      ext: 1,
    });
    const reply = call(identity, { Topic: TOPIC, Timeout: 3000 });
    const { topic } = await called.next<{ topic: string }>('message');
    forger.tell('publish', topic, '{"bizCode":"forged"}');
    // The PUBACK of what it may send is behind the judgement of what it may not.
    forger.tell('publish', `/${stack.productKey}/forger/user/update`, 'x', { qos: 1 });
    await forger.next('puback');
    called.tell('publish', topic, '{"bizCode":0}', { qos: 1 });
    expect(payloadOf(await reply)).toEqual({ bizCode: 0 });
  });
});
