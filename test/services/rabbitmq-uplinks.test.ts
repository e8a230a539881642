import { Connection } from 'rabbitmq-client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createRabbitmqDownlink } from '../../shared/adapters/rabbitmq/rabbitmq-downlink.ts';
import {
  DEAD_QUEUE,
  type RabbitmqUplink,
  type RabbitmqUplinks,
  startRabbitmqUplinks,
  UPLINK_QUEUE,
} from '../../shared/adapters/rabbitmq/rabbitmq-uplinks.ts';
import { captureLog } from '../support/captured-log.ts';
import {
  hasRabbitmq,
  NO_HOOKS,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';

const START_TIMEOUT_MS = 120_000;

describe.skipIf(!hasRabbitmq())('uplinks of RabbitMQ (Debian package rabbitmq-server)', () => {
  let server: RabbitmqServer;
  let connection: Connection;
  const running: RabbitmqUplinks[] = [];

  beforeAll(async () => {
    server = await startRabbitmqServer(NO_HOOKS);
    connection = new Connection({ url: server.amqpUrl, retryLow: 200 });
    connection.on('error', () => undefined);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    connection?.unsafeDestroy();
    await server?.stop();
  });
  afterEach(async () => {
    for (const uplinks of running.splice(0)) await uplinks.stop();
    for (const queue of [UPLINK_QUEUE, DEAD_QUEUE]) await connection.queuePurge({ queue });
  });

  async function start(
    take: (message: RabbitmqUplink) => Promise<void>,
    retryDelaysMs: readonly number[] = [10, 20],
  ) {
    const log = captureLog();
    const keyOf = (topic: string) => topic;
    const { amqpUrl: url } = server;
    const uplinks = await startRabbitmqUplinks({ url, log, take, keyOf, retryDelaysMs });
    running.push(uplinks);
    return { uplinks, log };
  }

  /** As the MQTT plugin does for a device. */
  async function publish(topic: string, text: string) {
    const publisher = connection.createPublisher({ confirm: true });
    const routingKey = topic.replaceAll('/', '.');
    await publisher.send({ exchange: 'amq.topic', routingKey, durable: true }, Buffer.from(text));
    await publisher.close();
  }

  const dead = () => connection.basicGet(DEAD_QUEUE);

  test('a message that fails is tried again until it is taken', async () => {
    const tries: string[] = [];
    await start(async ({ topic, payload }) => {
      tries.push(`${topic} ${payload}`);
      if (tries.length < 3) throw new Error('not yet');
    });
    await publish('/pk/dn/user/update', 'a');
    await vi.waitFor(() => expect(tries).toEqual(Array(3).fill('/pk/dn/user/update a')), 5000);
    await running.splice(0)[0]?.stop();
    expect(await connection.basicGet(UPLINK_QUEUE)).toBeUndefined();
    expect(await dead()).toBeUndefined();
  });

  test('a message that goes on failing is set aside with its reason, and can be put back', async () => {
    const taken: string[] = [];
    let isBroken = true;
    await start(async ({ topic }) => {
      if (isBroken) throw new Error('the disk is full');
      taken.push(topic);
    });
    await publish('/pk/dn/user/update', 'a');
    const message = await vi.waitFor(async () => {
      const found = await dead();
      expect(found).toBeDefined();
      return found;
    }, 5000);
    expect(message).toMatchObject({
      body: Buffer.from('a'),
      durable: true,
      headers: {
        'x-mooring-topic': '/pk/dn/user/update',
        'x-mooring-reason': 'Error: the disk is full',
      },
    });
    isBroken = false;
    const back = connection.createPublisher({ confirm: true });
    const headers = message?.headers ?? {};
    await back.send({ routingKey: UPLINK_QUEUE, headers, durable: true }, message?.body);
    await vi.waitFor(() => expect(taken).toEqual(['/pk/dn/user/update']), 5000);
    await back.close();
  });

  test('a message that waits for its next try outlives a stop', async () => {
    const { uplinks, log } = await start(() => Promise.reject(new Error('broken')), [60_000]);
    await publish('/pk/dn/user/update', 'a');
    await vi.waitFor(() => expect(log.lines).toMatchObject([{ message: 'uplink failed' }]), 5000);
    await uplinks.stop();
    const taken: string[] = [];
    await start(async ({ payload }) => void taken.push(payload.toString()));
    await vi.waitFor(() => expect(taken).toEqual(['a']), 5000);
  });

  test('messages of one device are taken in order, and one that fails holds up no other device', async () => {
    const taken: string[] = [];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await start(async ({ topic, payload }) => {
      const text = payload.toString();
      if (topic === '/pk/slow/user/update') return released;
      // The first ones take longest: side by side they would overtake each other.
      await new Promise((resolve) => setTimeout(resolve, 20 - Number(text)));
      taken.push(text);
    });
    await publish('/pk/slow/user/update', 'slow');
    const texts = Array.from({ length: 20 }, (_, index) => String(index));
    for (const text of texts) await publish('/pk/dn/user/update', text);
    await vi.waitFor(() => expect(taken).toEqual(texts), 5000);
    release();
  });

  test('what goes down to devices is not taken for their own', async () => {
    const taken: string[] = [];
    const downlink = createRabbitmqDownlink({ url: server.amqpUrl, log: captureLog() });
    await start(async ({ payload }) => void taken.push(payload.toString()));
    const device = { productKey: 'pk', deviceName: 'dn' };
    const topic = '/pk/dn/user/get';
    await downlink.publish({ ...device, topic, payload: Buffer.from('down'), qos: 1 });
    await publish(topic, 'up');
    await vi.waitFor(() => expect(taken).toEqual(['up']), 5000);
    await downlink.close();
  });

  test('a topic with a dot is refused before it is sent', async () => {
    const downlink = createRabbitmqDownlink({ url: server.amqpUrl, log: captureLog() });
    const device = { productKey: 'pk', deviceName: 'dn' };
    const sent = downlink.publish({
      ...device,
      topic: '/pk/dn.x/user/get',
      payload: Buffer.from('x'),
      qos: 1,
    });
    await expect(sent).rejects.toThrow('a level has a "."');
    await downlink.close();
  });

  test(
    'both ways go on after the broker was killed, and nothing confirmed is lost',
    async () => {
      const taken = new Set<string>();
      let isBroken = true;
      const take = async ({ payload }: RabbitmqUplink) => {
        if (isBroken) throw new Error('not before the restart');
        taken.add(payload.toString());
      };
      await start(take, [60_000]);
      const downlink = createRabbitmqDownlink({ url: server.amqpUrl, log: captureLog() });
      const texts = Array.from({ length: 50 }, (_, index) => `before ${index}`);
      for (const text of texts) await publish('/pk/dn/user/update', text);
      isBroken = false;
      await server.killAndRestart();
      await vi.waitFor(() => publish('/pk/dn/user/update', 'after'), 20_000);
      await vi.waitFor(() => expect(taken).toEqual(new Set([...texts, 'after'])), 20_000);
      const message = { productKey: 'pk', deviceName: 'dn', topic: '/pk/dn/user/get' };
      expect(await downlink.publish({ ...message, payload: Buffer.from('x'), qos: 1 })).toBe(
        'sent',
      );
      await downlink.close();
    },
    START_TIMEOUT_MS,
  );

  test('a wrong password is told without it', async () => {
    const url = server.amqpUrl.replace(/:[^:@]+@/, ':wrong-password@');
    const log = captureLog();
    const downlink = createRabbitmqDownlink({ url, log, timeoutMs: 3000 });
    const message = { productKey: 'pk', deviceName: 'dn', topic: '/pk/dn/user/get' };
    const sent = downlink.publish({ ...message, payload: Buffer.from('x'), qos: 1 });
    await expect(sent).rejects.toThrow('check MOORING_RABBITMQ_URL');
    expect(JSON.stringify(log.lines)).toContain('ACCESS_REFUSED');
    expect(JSON.stringify(log.lines)).not.toContain('wrong-password');
    await downlink.close();
  });
});
