import mqtt, { type IConnackPacket, type IPublishPacket, type MqttClient } from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import type { Demo } from '../../infra/local/demo.ts';
import { callAction } from '../support/pop-core.ts';
import { credentials } from '../support/signed-client.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('subscriptions, kept messages and what is said of the device are right after the broker was killed', async () => {
  const dataDir = tempFolder();
  let stack = await startStackProcess(dataDir);
  const demo = await readDemo(dataDir);
  const topic = `/${demo.productKey}/${demo.deviceName}/user/get`;
  const first = await connect(stack, demo);
  expect(first.connack.sessionPresent).toBe(false);
  await first.client.subscribeAsync(topic, { qos: 1 });
  await first.client.endAsync();
  await publish(stack, demo, 'kept');
  const second = await connect(stack, demo);
  expect(await second.next()).toBe('kept');
  await expect.poll(() => statusOf(stack, demo)).toBe('ONLINE');
  const gone = new Promise<void>((resolve) => second.client.once('close', () => resolve()));
  await stack.kill();
  await gone;
  stack = await startStackProcess(dataDir);
  await expect.poll(() => statusOf(stack, demo)).toBe('OFFLINE');
  await publish(stack, demo, 'kept behind the kill');
  const third = await connect(stack, demo);
  expect(third.connack.sessionPresent).toBe(true);
  expect(await third.next()).toBe('kept behind the kill');
  await publish(stack, demo, 'at once');
  expect(await third.next()).toBe('at once');
  await third.client.endAsync();
  expect(await stack.terminate()).toBe(0);
});

/** With its session (cleanSession 0); `next` is the next message that nobody has taken yet. */
async function connect({ endpoints }: StackProcess, demo: Demo) {
  const client: MqttClient = mqtt.connect(endpoints['mqtt'] ?? '', {
    ...credentials(demo),
    clean: false,
    reconnectPeriod: 0,
  });
  onTestFinished(() => void client.end(true));
  const inbox: string[] = [];
  client.on('message', (_topic, payload, _packet: IPublishPacket) => inbox.push(`${payload}`));
  client.on('error', () => undefined);
  const connack = await new Promise<IConnackPacket>((resolve) => client.once('connect', resolve));
  const next = async () => {
    await expect.poll(() => inbox.length).toBeGreaterThan(0);
    return inbox.shift();
  };
  return { client, connack, next };
}

function publish(stack: StackProcess, demo: Demo, text: string) {
  return callAction({ ...stack, demo }, 'Pub', {
    ProductKey: demo.productKey,
    TopicFullName: `/${demo.productKey}/${demo.deviceName}/user/get`,
    MessageContent: Buffer.from(text).toString('base64'),
    Qos: 1,
  });
}

async function statusOf(stack: StackProcess, demo: Demo): Promise<unknown> {
  const { productKey, deviceName } = demo;
  const device = { ProductKey: productKey, DeviceName: deviceName };
  const { Data } = await callAction({ ...stack, demo }, 'GetDeviceStatus', device);
  return (Data as { Status: string }).Status;
}
