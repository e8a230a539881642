import { createHmac } from 'node:crypto';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { signInForm } from '../support/device-http.ts';
import { callAction } from '../support/pop-core.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PATIENCE = { timeout: 10_000, interval: 20 };

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
  });
});
afterAll(() => stack.stop());

const topicOf = (action: 'get' | 'update') =>
  `/shadow/${action}/${stack.demo.productKey}/${stack.demo.deviceName}`;

const name = () => ({ ProductKey: stack.demo.productKey, DeviceName: stack.demo.deviceName });

async function post(path: string, headers: Record<string, string>, body: string) {
  const address = `${stack.endpoints['http']}${path}`;
  const reply = await fetch(address, { method: 'POST', headers, body });
  return (await reply.json()) as { code: number; info?: { token?: string } };
}

async function postOverHttp(message: object): Promise<void> {
  const form = JSON.stringify(signInForm({ ...stack.demo, iotId: '' }));
  const { info } = await post('/auth', { 'content-type': 'application/json' }, form);
  const headers = { 'content-type': 'application/octet-stream', password: info?.token ?? '' };
  const posted = await post(`/topic${topicOf('update')}`, headers, JSON.stringify(message));
  expect(posted.code).toBe(0);
}

async function documentOf(): Promise<Record<string, unknown>> {
  const { ShadowMessage } = await callAction(stack, 'GetDeviceShadow', name());
  return JSON.parse(String(ShadowMessage));
}

async function connectDevice(): Promise<{ client: MqttClient; received: unknown[] }> {
  const { productKey, deviceName, deviceSecret } = stack.demo;
  const content = `clientIddevdeviceName${deviceName}productKey${productKey}`;
  const client = await connectAsync(stack.endpoints['mqtt'] ?? '', {
    clientId: 'dev|securemode=3,signmethod=hmacsha1|',
    username: `${deviceName}&${productKey}`,
    password: createHmac('sha1', deviceSecret).update(content).digest('hex'),
    protocolVersion: 4,
  });
  onTestFinished(() => client.endAsync());
  const received: unknown[] = [];
  client.on('message', (_, payload) => received.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(topicOf('get'), { qos: 1 });
  return { client, received };
}

test('what a device posts over HTTP is in its shadow', async () => {
  await postOverHttp({ method: 'update', state: { reported: { color: 'blue' } }, version: 4 });
  await vi.waitFor(
    async () =>
      expect(await documentOf()).toMatchObject({
        state: { reported: { color: 'blue' } },
        metadata: { reported: { color: { timestamp: expect.any(Number) } } },
        version: 4,
      }),
    PATIENCE,
  );
});

test('a device that comes back finds what was desired, and obeys what is desired now', async () => {
  const update = (desired: object, version: number) =>
    callAction(stack, 'UpdateDeviceShadow', {
      ...name(),
      ShadowMessage: JSON.stringify({ method: 'update', state: { desired }, version }),
    });
  await update({ appConfig: { maxTemperature: 39.5 } }, 10);
  const { client, received } = await connectDevice();
  const publish = (message: object) =>
    client.publishAsync(topicOf('update'), JSON.stringify(message), { qos: 1 });

  await publish({ method: 'get' });
  await vi.waitFor(() => expect(received).toHaveLength(1), PATIENCE);
  expect(received[0]).toMatchObject({
    method: 'reply',
    payload: { status: 'success', state: { desired: { appConfig: { maxTemperature: 39.5 } } } },
    version: 10,
  });

  await update({ appConfig: { maxTemperature: 41 } }, 11);
  await vi.waitFor(() => expect(received).toHaveLength(2), PATIENCE);
  expect(received[1]).toMatchObject({
    method: 'control',
    payload: { state: { desired: { appConfig: { maxTemperature: 41 } } } },
    version: 11,
  });

  await publish({ method: 'update', state: { desired: 'null' }, version: 12 });
  await publish({ method: 'update', state: { reported: { max: 41 } }, version: 12 });
  await vi.waitFor(() => expect(received).toHaveLength(4), PATIENCE);
  expect(received.slice(2)).toMatchObject([
    { method: 'reply', payload: { status: 'success', version: 12 } },
    { method: 'reply', payload: { status: 'error', content: { errorcode: '409' } } },
  ]);
  expect(await documentOf()).toMatchObject({ version: 12 });
  expect(JSON.stringify(await documentOf())).not.toContain('maxTemperature');
});
