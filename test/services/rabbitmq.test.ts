import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { findFreePorts } from '../support/free-ports.ts';
import { base64 } from '../support/pop-core.ts';
import {
  hasRabbitmq,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';
import { credentials } from '../support/signed-client.ts';
import { hasCommand, run } from './commands.ts';

const START_TIMEOUT_MS = 120_000;
const HOOK_TOKEN = 'hook-token-1';

describe.skipIf(!hasRabbitmq())('RabbitMQ (Debian package rabbitmq-server)', () => {
  let server: RabbitmqServer;
  let stack: DeviceStack;
  const clients: MqttClient[] = [];

  beforeAll(async () => {
    const [port = 0] = await findFreePorts(1);
    server = await startRabbitmqServer(`http://127.0.0.1:${port}`, HOOK_TOKEN);
    stack = await startDeviceStack({
      MOORING_HTTP_PORT: String(port),
      MOORING_HOOK_TOKEN: HOOK_TOKEN,
      MOORING_RABBITMQ_URL: server.amqpUrl,
      MOORING_DOWNLINK: 'rabbitmq',
    });
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await stack?.stop();
    await server?.stop();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.endAsync(true);
  });

  type Inbox = { topic: string; text: string; qos: number }[];

  /** Connected, with everything that reaches it from the first moment on. Rejects as CONNACK says. */
  async function connect(device: Identity, options: IClientOptions = {}) {
    const inbox: Inbox = [];
    const client = mqtt.connect(`mqtt://127.0.0.1:${server.mqttPort}`, {
      ...credentials(device),
      reconnectPeriod: 0,
      ...options,
    });
    clients.push(client);
    client.on('message', (topic, payload, { qos }) => {
      inbox.push({ topic, text: payload.toString(), qos });
    });
    await new Promise((resolve, reject) => {
      client.once('connect', resolve);
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed before CONNACK')));
    });
    client.on('error', () => undefined);
    return { client, inbox };
  }

  const sys = ({ productKey, deviceName }: Identity, suffix: string) =>
    `/sys/${productKey}/${deviceName}/thing/${suffix}`;
  const user = ({ productKey, deviceName }: Identity, suffix: string) =>
    `/${productKey}/${deviceName}/user/${suffix}`;

  const propertyPost = (temperature: number) =>
    JSON.stringify({ id: '1', version: '1.0', params: { temperature }, method: 'x' });

  /** What the device has posted, as the server side reads it. */
  async function temperaturesOf({ productKey, deviceName }: Identity): Promise<number[]> {
    const { Data } = await stack.call('QueryDevicePropertyData', {
      ProductKey: productKey,
      DeviceName: deviceName,
      Identifier: 'temperature',
      StartTime: 0,
      EndTime: Date.now() + 60_000,
      PageSize: 50,
      Asc: 1,
    });
    const { List } = Data as { List: { PropertyInfo: { Value: string }[] } };
    return List.PropertyInfo.map(({ Value }) => Number(Value));
  }

  test('signs a device in, and its post reaches the bus and is answered', async () => {
    const device = await stack.newDevice('posts');
    const { client, inbox } = await connect(device);
    const topic = sys(device, 'event/property/post');
    await client.subscribeAsync(`${topic}_reply`, { qos: 1 });
    await client.publishAsync(topic, propertyPost(21.5), { qos: 1 });
    await vi.waitFor(() => expect(inbox).toMatchObject([{ topic: `${topic}_reply` }]), 10_000);
    expect(JSON.parse(inbox[0]?.text ?? '')).toMatchObject({ id: '1', code: 200 });
    await vi.waitFor(async () => expect(await temperaturesOf(device)).toEqual([21.5]), 10_000);
  });

  test('refuses a wrong password', async () => {
    const device = await stack.newDevice('forged');
    await expect(connect({ ...device, deviceSecret: 'x'.repeat(32) })).rejects.toThrow();
    await connect(device);
  });

  /** The MQTT plugin ends the connection over a topic that it is told to refuse. */
  const closed = (client: MqttClient) =>
    new Promise<void>((resolve) => client.once('close', () => resolve()));

  test('refuses topics of another device, also where a dot would lead to it', async () => {
    const device = await stack.newDevice('owner');
    const victim = await stack.newDevice('victim');
    const dotted = { ...device, deviceName: 'owner.x' };
    for (const topic of [sys(victim, 'event/property/post'), user(dotted, 'update')]) {
      const { client } = await connect(device);
      const ended = closed(client);
      client.publish(topic, propertyPost(99), { qos: 1 });
      await ended;
    }
    for (const filter of [sys(victim, '#'), user(dotted, 'get'), '#']) {
      const { client } = await connect(device);
      const ended = closed(client);
      client.subscribe(filter, () => undefined);
      await ended;
    }
    expect(await temperaturesOf(victim)).toEqual([]);
  });

  test('refuses a device whose name has a dot, which could pass for another', async () => {
    const device = await stack.newDevice('dotted');
    const dotted = await stack.newDevice('dotted.x');
    await connect(device);
    await expect(connect(dotted)).rejects.toThrow();
  });

  test('hands a property set down to the device', async () => {
    const device = await stack.newDevice('obeys');
    const { client, inbox } = await connect(device);
    const topic = sys(device, 'service/property/set');
    await client.subscribeAsync(topic, { qos: 1 });
    await stack.call('SetDeviceProperty', {
      ProductKey: device.productKey,
      DeviceName: device.deviceName,
      Items: '{"LightSwitch":1}',
    });
    await vi.waitFor(() => expect(inbox).toMatchObject([{ topic, qos: 1 }]), 10_000);
    expect(JSON.parse(inbox[0]?.text ?? '')).toMatchObject({ params: { LightSwitch: 1 } });
  });

  test(
    'keeps QoS 1 for a session that is away, and QoS 0 not, over the death of the broker',
    async () => {
      const device = await stack.newDevice('away');
      const topic = user(device, 'get');
      const { client } = await connect(device, { clean: false });
      await client.subscribeAsync(topic, { qos: 1 });
      await client.endAsync();
      const publish = (Qos: number, text: string) =>
        stack.call('Pub', {
          ProductKey: device.productKey,
          TopicFullName: topic,
          MessageContent: base64(text),
          Qos,
        });
      await publish(0, 'missed');
      await publish(1, 'kept');
      await server.killAndRestart();
      const { inbox } = await connect(device, { clean: false });
      await vi.waitFor(() => expect(inbox).toEqual([{ topic, text: 'kept', qos: 1 }]), 10_000);
    },
    START_TIMEOUT_MS,
  );

  test(
    'loses nothing that it acknowledged when it dies between posts',
    async () => {
      const names = ['steady-1', 'steady-2', 'steady-3', 'steady-4'];
      const devices = await Promise.all(names.map((name) => stack.newDevice(name)));
      const connected = await Promise.all(
        devices.map((device) => connect(device, { reconnectPeriod: 500 })),
      );
      const acknowledged = devices.map(() => new Set<number>());
      const post = (value: number) =>
        Promise.all(
          devices.map(async (device, index) => {
            const topic = sys(device, 'event/property/post');
            const sent = connected[index]?.client.publishAsync(topic, propertyPost(value), {
              qos: 1,
            });
            await sent;
            acknowledged[index]?.add(value);
          }),
        );
      for (let value = 1; value <= 20; value += 1) await post(value);
      const restarted = server.killAndRestart();
      await Promise.all([restarted, post(21)]);
      await post(22);
      expect(acknowledged.map(({ size }) => size)).toEqual([22, 22, 22, 22]);
      for (const [index, device] of devices.entries()) {
        await vi.waitFor(async () => {
          const values = new Set(await temperaturesOf(device));
          expect([...(acknowledged[index] ?? [])].filter((value) => !values.has(value))).toEqual(
            [],
          );
        }, 20_000);
      }
    },
    START_TIMEOUT_MS,
  );

  test.skipIf(!hasCommand('mosquitto_pub'))('takes what mosquitto_pub sends', async () => {
    const device = await stack.newDevice('mosquitto');
    const { clientId, username, password } = credentials(device);
    const identity = ['-i', clientId, '-u', username, '-P', password];
    const address = ['-h', '127.0.0.1', '-p', String(server.mqttPort)];
    const message = ['-t', sys(device, 'event/property/post'), '-m', propertyPost(7), '-q', '1'];
    await run('mosquitto_pub', [...address, ...identity, ...message]);
    await vi.waitFor(async () => expect(await temperaturesOf(device)).toEqual([7]), 10_000);
  });
});
