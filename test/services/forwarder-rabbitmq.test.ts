import { Connection } from 'rabbitmq-client';
import rhea, { type Message } from 'rhea';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createRabbitmqRequeue } from '../../shared/adapters/rabbitmq/rabbitmq-requeue.ts';
import { createForwarder, type ForwarderParts } from '../../shared/core/forwarding/forwarder.ts';
import type { QueueMessage } from '../../shared/model/forwarding.ts';
import { readForwarderConfig } from '../../shared/runtime/forwarder-config.ts';
import {
  openDeadLetters,
  openFunctionTargets,
  openMessageSource,
} from '../../shared/runtime/open-forwarder.ts';
import { later } from '../../shared/runtime/wait.ts';
import { captureLog } from '../support/captured-log.ts';
import { ruleOf } from '../support/forwarding.ts';
import {
  type EndpointAnswer,
  type EndpointCall,
  startFunctionEndpoint,
} from '../support/function-endpoint.ts';
import {
  hasRabbitmq,
  NO_HOOKS,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';

const START_TIMEOUT_MS = 120_000;
const PATIENCE = { timeout: 20_000, interval: 20 };

describe.skipIf(!hasRabbitmq())('a forwarder on RabbitMQ (Debian package rabbitmq-server)', () => {
  let server: RabbitmqServer;
  let connection: Connection;
  let queues = 0;

  beforeAll(async () => {
    server = await startRabbitmqServer(NO_HOOKS);
    connection = new Connection({ url: server.amqpUrl, retryLow: 200 });
    connection.on('error', () => undefined);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    connection?.unsafeDestroy();
    await server?.stop();
  });

  /** Empty, durable, and of this test alone. */
  async function newQueue(args: Record<string, unknown> = {}): Promise<string> {
    queues += 1;
    const queue = `forwarded-${queues}`;
    await connection.queueDeclare({ queue, durable: true, arguments: args });
    return queue;
  }

  async function publish(queue: string, body: string) {
    const publisher = connection.createPublisher({ confirm: true });
    const envelope = { routingKey: queue, durable: true, messageId: `id of ${body}` };
    await publisher.send(envelope, Buffer.from(body));
    await publisher.close();
  }

  async function start(
    queue: string,
    answer: (call: EndpointCall) => EndpointAnswer | Promise<EndpointAnswer>,
    { env = {}, ...parts }: Partial<ForwarderParts> & { env?: Record<string, string> } = {},
  ) {
    const endpoint = await startFunctionEndpoint(answer);
    onTestFinished(endpoint.stop);
    const config = readForwarderConfig({
      MOORING_FORWARDER_SOURCE: server.amqpUrl,
      MOORING_FORWARDER_ADDRESS: `/queue/${queue}`,
      ...env,
    });
    const log = captureLog();
    const nowMs = Date.now;
    const targets = openFunctionTargets(config);
    const deadLetters = openDeadLetters(config, targets, { nowMs });
    const source = openMessageSource(config, { log, nowMs });
    const rule = ruleOf({ target: endpoint.endpoint, batchSize: 1 });
    const forwarder = createForwarder({
      rules: () => [rule],
      targets,
      deadLetters,
      window: 10,
      calls: 10,
      onRoom: source.allow,
      metrics: { settled: () => undefined, called: () => undefined },
      retryDelaysMs: [10],
      later,
      nowMs,
      log,
      ...parts,
    });
    source.allow(forwarder.room());
    source.start(forwarder.take);
    onTestFinished(async () => {
      source.pause();
      await forwarder.stop(0);
      await source.stop();
      if (deadLetters.kind === 'send') await deadLetters.sink.close();
    });
    return { endpoint, source, log };
  }

  /** The first message of a queue, over AMQP 1.0. */
  function receive(queue: string): Promise<Message[]> {
    const { hostname: host, port, username, password } = new URL(server.amqpUrl);
    const opened = rhea
      .create_container()
      .connect({ host, port: Number(port), username, password, reconnect: false });
    opened.open_receiver({ source: { address: `/amq/queue/${queue}` } });
    return new Promise((resolve) => {
      opened.once('message', ({ message }) => {
        opened.close();
        resolve(message ? [message] : []);
      });
    });
  }

  const itemsOf = ({ calls }: { calls: readonly EndpointCall[] }) =>
    calls.flatMap(({ body }) => JSON.parse(String(body)).messages);

  const left = async (queue: string) =>
    (await connection.queueDeclare({ queue, passive: true })).messageCount;

  test('takes what was published over AMQP 0-9-1, of which no headers come along', async () => {
    const queue = await newQueue();
    const timestamp = 1_700_000_000;
    const publisher = connection.createPublisher({ confirm: true });
    const envelope = { routingKey: queue, durable: true, timestamp, messageId: '17' };
    await publisher.send({ ...envelope, headers: { topic: '/pk/dev/user/x' } }, Buffer.from('a'));
    await publisher.close();
    const { endpoint } = await start(queue, () => ({}));
    await vi.waitFor(() => expect(itemsOf(endpoint)).toHaveLength(1), PATIENCE);
    expect(itemsOf(endpoint)[0]).toEqual({
      messageId: '17',
      topic: queue,
      generateTimeMs: 1_700_000_000_000,
      productKey: '',
      deviceName: '',
      body: 'a',
      isBase64Encoded: false,
      isDuplicate: false,
    });
    await vi.waitFor(async () => expect(await left(queue)).toBe(0), PATIENCE);
  });

  test('finds the topic of what a device published over MQTT in the routing key', async () => {
    const queue = await newQueue();
    await connection.queueBind({ queue, exchange: 'amq.topic', routingKey: '.pk.#' });
    const publisher = connection.createPublisher({ confirm: true });
    await publisher.send(
      { exchange: 'amq.topic', routingKey: '.pk.dev.user.x' },
      Buffer.from('up'),
    );
    await publisher.close();
    const { endpoint } = await start(queue, () => ({}));
    await vi.waitFor(() => expect(itemsOf(endpoint)).toHaveLength(1), PATIENCE);
    expect(itemsOf(endpoint)[0]).toMatchObject({ topic: '/pk/dev/user/x', body: 'up' });
  });

  test('marks what was delivered before', async () => {
    const queue = await newQueue();
    let isBroken = true;
    const { endpoint } = await start(queue, () => (isBroken ? { status: 500 } : {}));
    await publish(queue, 'a');
    await vi.waitFor(() => expect(endpoint.calls.length).toBeGreaterThan(2), PATIENCE);
    isBroken = false;
    await vi.waitFor(async () => expect(await left(queue)).toBe(0), PATIENCE);
    const marks = itemsOf(endpoint).map(({ isDuplicate }) => isDuplicate);
    expect(marks.slice(0, 3)).toEqual([false, false, true]);
  });

  test('loses and doubles nothing of a thousand', async () => {
    const queue = await newQueue();
    const publisher = connection.createPublisher({ confirm: true });
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        publisher.send(
          { routingKey: queue, durable: true, messageId: `m${index}` },
          Buffer.from('x'),
        ),
      ),
    );
    await publisher.close();
    const { endpoint } = await start(queue, () => ({}), { window: 50, calls: 50 });
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1000), PATIENCE);
    await vi.waitFor(async () => expect(await left(queue)).toBe(0), PATIENCE);
    expect(new Set(itemsOf(endpoint).map(({ messageId }) => messageId)).size).toBe(1000);
    expect(endpoint.mostAtOnce()).toBeLessThanOrEqual(50);
  });

  test('rejects into the dead-letter exchange of the queue', async () => {
    const dead = await newQueue();
    const queue = await newQueue({
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': dead,
    });
    const env = { MOORING_FORWARDER_DEAD_LETTERS: 'reject' };
    await start(queue, () => ({ status: 400 }), { env });
    await publish(queue, 'poison');
    await vi.waitFor(async () => expect(await left(dead)).toBe(1), PATIENCE);
    expect(String((await connection.basicGet(dead))?.body)).toBe('poison');
  });

  test('sends dead letters to another queue of the same broker, with what it knows of them', async () => {
    // One that is there with properties of its own, and one that is made.
    for (const dead of [await newQueue({ 'x-max-length': 1000 }), `made-${Date.now()}`]) {
      const queue = await newQueue();
      const env = { MOORING_FORWARDER_DEAD_LETTERS: `/queue/${dead}` };
      await start(queue, () => ({ status: 400, body: 'poisoned' }), { env });
      await publish(queue, 'poison');
      await vi.waitFor(async () => expect(await left(dead)).toBe(1), PATIENCE);
      const [letter] = await receive(dead);
      expect(String(letter?.body.content)).toBe('poison');
      expect(letter?.application_properties).toEqual({
        messageId: 'id of poison',
        topic: queue,
        generateTime: expect.any(Number),
        reason: 'the target answers with status 400: poisoned',
        rule: 'all',
        attempts: 1,
      });
    }
  });

  test('is refused with a wrong password, and where there is no queue, and does not hammer', async () => {
    const queue = await newQueue();
    const url = new URL(server.amqpUrl);
    url.password = 'wrong';
    const wrong = { MOORING_FORWARDER_SOURCE: url.href };
    const nowhere = { MOORING_FORWARDER_ADDRESS: '/amq/queue/nowhere' };
    for (const env of [wrong, nowhere]) {
      const { source, log } = await start(queue, () => ({}), { env });
      await vi.waitFor(() => expect(source.status()).toBe('refused'), PATIENCE);
      expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'the source refuses us' });
      expect(JSON.stringify(log.lines)).not.toContain('"wrong"');
    }
  });

  test('goes on when the broker was killed and is back', async () => {
    const queue = await newQueue();
    const { endpoint } = await start(queue, () => ({}));
    await publish(queue, 'a');
    await vi.waitFor(() => expect(endpoint.calls).toHaveLength(1), PATIENCE);
    await server.killAndRestart();
    await publish(queue, 'b');
    await vi.waitFor(() => expect(itemsOf(endpoint).map(({ body }) => body)).toContain('b'), {
      timeout: 60_000,
      interval: 100,
    });
  }, 120_000);

  const taken = (queue: string, given: Partial<QueueMessage> = {}): QueueMessage => ({
    message: {
      messageId: '17',
      topic: '/pk/dev/user/x',
      generateTimeMs: 1_700_000_000_000,
      body: Buffer.from('{"a":1}'),
      isDuplicate: false,
    },
    queue,
    attempts: 0,
    headers: { own: 'header' },
    ...given,
  });

  test('puts what a trigger brought in vain back into its queue, after a while', async () => {
    const queue = await newQueue();
    const requeue = createRabbitmqRequeue({ url: server.amqpUrl, log: captureLog() });
    onTestFinished(() => requeue.close());
    const why = { delayMs: 300, attempts: 1, reason: 'broken' };
    await Promise.all([requeue.retry(taken(queue), why), requeue.retry(taken(queue), why)]);
    expect([await left(queue), await left(`${queue}.retry.300`)]).toEqual([0, 2]);
    await vi.waitFor(async () => expect(await left(queue)).toBe(2), PATIENCE);
    const message = await connection.basicGet(queue);
    expect([String(message?.body), message?.messageId]).toEqual(['{"a":1}', '17']);
    expect(message?.headers).toMatchObject({
      own: 'header',
      'x-mooring-topic': '/pk/dev/user/x',
      'x-mooring-attempts': 1,
      'x-mooring-reason': 'broken',
      messageId: '17',
      generateTime: 1_700_000_000_000,
    });
  });

  test('puts what is given up into a queue of dead letters', async () => {
    const queue = await newQueue();
    const requeue = createRabbitmqRequeue({ url: server.amqpUrl, log: captureLog() });
    onTestFinished(() => requeue.close());
    await requeue.bury(taken(queue, { attempts: 3 }), 'too large');
    const letter = await connection.basicGet(`${queue}.dead`);
    expect(letter?.headers).toMatchObject({
      'x-mooring-attempts': 3,
      'x-mooring-reason': 'too large',
    });
  });

  test('says when the broker does not take it', async () => {
    const queue = await newQueue();
    await connection.queueDeclare({ queue: `${queue}.retry.300`, durable: true });
    const url = server.amqpUrl;
    const requeue = createRabbitmqRequeue({ url, log: captureLog(), timeoutMs: 2000 });
    onTestFinished(() => requeue.close());
    const why = { delayMs: 300, attempts: 1, reason: 'broken' };
    await expect(requeue.retry(taken(queue), why)).rejects.toThrow('PRECONDITION_FAILED');
  });
});
