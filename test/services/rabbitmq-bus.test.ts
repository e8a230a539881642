import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import {
  createRabbitmqBus,
  type RabbitmqBusOptions,
} from '../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import { tailRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-tail.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import { describeBus } from '../contract/bus-contract.ts';
import { aMessage } from '../contract/messages.ts';
import { captureLog } from '../support/captured-log.ts';
import { clearBus, inspectQueue, withConnection } from '../support/rabbitmq-bus.ts';
import {
  hasRabbitmq,
  NO_HOOKS,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';

const START_TIMEOUT_MS = 120_000;
const AT_ONCE = 500;
const PATIENCE = { timeout: 30_000, interval: 10 };

describe.skipIf(!hasRabbitmq())('the bus on RabbitMQ (Debian package rabbitmq-server)', () => {
  let server: RabbitmqServer;
  beforeAll(async () => {
    server = await startRabbitmqServer(NO_HOOKS);
  }, START_TIMEOUT_MS);
  afterAll(() => server?.stop());
  beforeEach(() => clearBus(server.amqpUrl, ['a', 'b']));

  const create = (options: Partial<RabbitmqBusOptions> = {}) =>
    createRabbitmqBus({ url: server.amqpUrl, nowMs: Date.now, log: captureLog(), ...options });
  const open = (options: Partial<RabbitmqBusOptions> = {}) => {
    const bus = create(options);
    onTestFinished(() => bus.close());
    return bus;
  };
  /** In order, with so many on their way as a busy process has. */
  const publishAll = async (bus: MessageBus, ids: readonly string[]) => {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      await Promise.all(some.map((messageId) => bus.publish(aMessage(messageId))));
    }
  };
  const collect = (bus: MessageBus, batchSize = 256) => {
    const ids: string[] = [];
    const consumption = bus.consume(
      'a',
      async (batch) => {
        ids.push(...batch.map(({ messageId }) => messageId));
        return [];
      },
      { batchSize },
    );
    return { ids, stop: consumption.stop };
  };

  describeBus('rabbitmq', () => create());

  test('shares the messages of a name among those that consume under it', async () => {
    const [first, second] = [collect(open()), collect(open())];
    const consumers = async () => (await inspectQueue(server.amqpUrl, 'mooring.a')).consumerCount;
    await vi.waitFor(async () => expect(await consumers()).toBe(2), PATIENCE);
    await publishAll(open(), numbered(200));
    await vi.waitFor(() => expect(first.ids.length + second.ids.length).toBe(200), PATIENCE);
    expect(new Set([...first.ids, ...second.ids]).size).toBe(200);
    expect(Math.min(first.ids.length, second.ids.length)).toBeGreaterThan(0);
  });

  test('hands over what is published now before 20,000 messages that have waited', async () => {
    const bus = open();
    const before = collect(bus);
    await publishAll(bus, ['0']);
    await vi.waitFor(() => expect(before.ids).toEqual(['0']), PATIENCE);
    await before.stop();
    const old = numbered(20_000);
    await publishAll(bus, old);

    const later = open({ nowMs: () => Date.now() + 60_000 });
    const live = ['live-1', 'live-2', 'live-3'];
    for (const id of live) await later.publish(aMessage(id));
    const { ids } = collect(later, 100);
    await vi.waitFor(() => expect(ids.length).toBeGreaterThan(1000), PATIENCE);
    // As they come one by one, a batch of the others may get between them.
    expect(ids.slice(0, 500)).toEqual(expect.arrayContaining(live));
    expect(ids[0]).toBe('live-1');
    await later.publish(aMessage('live-4'));
    await vi.waitFor(() => expect(ids).toHaveLength(20_004), PATIENCE);
    expect(ids.indexOf('live-4')).toBeLessThan(15_000);
    expect(ids.filter((id) => !id.startsWith('live'))).toEqual(old);
  }, 120_000);

  test('counts what waits, what is tried again and what is dead', async () => {
    const bus = open();
    const failing = ['1', '2'];
    const consumption = bus.consume(
      'a',
      async (batch) =>
        batch
          .filter(({ messageId }) => failing.includes(messageId))
          .map(({ messageId }) => ({ messageId, reason: 'no room' })),
      { retryDelaysMs: [3_600_000] },
    );
    await publishAll(bus, ['1', '2', '3']);
    const backlog = () => bus.backlog('a');
    const failed = { unread: 0, retrying: 2, dead: 0 };
    await vi.waitFor(async () => expect(await backlog()).toEqual(failed), PATIENCE);
    await consumption.stop();
    expect(await backlog()).toEqual(failed);
    await publishAll(bus, ['4', '5']);
    expect(await backlog()).toEqual({ unread: 2, retrying: 2, dead: 0 });
    expect(await bus.backlog('nobody')).toEqual({ unread: 0, retrying: 0, dead: 0 });
  });

  test('knows the attempts of a message that another process failed on', async () => {
    const fail = async () => {
      throw new Error('no room');
    };
    const first = open();
    const consumption = first.consume('a', fail, { retryDelaysMs: [50, 60_000] });
    await first.publish(aMessage('1'));
    const retrying = async () => (await first.backlog('a')).retrying;
    await vi.waitFor(async () => expect(await retrying()).toBe(1), PATIENCE);
    await consumption.stop();
    const second = open();
    second.consume('a', fail, { retryDelaysMs: [50] });
    const dead = () => second.deadLetters.list('a', 10);
    await vi.waitFor(async () => expect(await dead()).toMatchObject([{ attempts: 2 }]), PATIENCE);
  });

  test('settles what is being published before it is closed', async () => {
    const bus = create();
    const published = publishAll(bus, numbered(500));
    await bus.close();
    await published;
    const { ids } = collect(open());
    await vi.waitFor(() => expect(ids).toHaveLength(500), PATIENCE);
  });

  test('declares again what somebody has deleted, and loses no message by it', async () => {
    const bus = open();
    await bus.publish(aMessage('1'));
    await withConnection(server.amqpUrl, (connection) =>
      connection.queueDelete({ queue: 'mooring.unclaimed' }),
    );
    await bus.publish(aMessage('2'));
    const { ids } = collect(bus);
    await vi.waitFor(() => expect(ids).toEqual(['2']), PATIENCE);
    await withConnection(server.amqpUrl, (connection) =>
      connection.queueDelete({ queue: 'mooring.a' }),
    );
    await bus.publish(aMessage('3'));
    await vi.waitFor(() => expect(ids).toEqual(['2', '3']), PATIENCE);
  });

  test('throws away what is no message of the bus, and says so', async () => {
    const log = captureLog();
    const bus = open({ log });
    const { ids } = collect(bus);
    await bus.publish(aMessage('1'));
    await withConnection(server.amqpUrl, async (connection) => {
      const publisher = connection.createPublisher({ confirm: true });
      await publisher.send({ exchange: 'mooring.messages', messageId: '2' }, 'hello');
      await publisher.close();
    });
    await bus.publish(aMessage('3'));
    await vi.waitFor(() => expect(ids).toEqual(['1', '3']), PATIENCE);
    const thrown = { level: 'error', message: 'a message that is not of Mooring is thrown away' };
    expect(log.lines).toMatchObject([thrown]);
  });

  test('goes on consuming from a broker that takes no messages, and says why it cannot publish', async () => {
    const bus = open({ timeoutMs: 2000 });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ids: string[] = [];
    bus.consume('a', async (batch) => {
      await released;
      ids.push(...batch.map(({ messageId }) => messageId));
      return [];
    });
    await publishAll(bus, ['1', '2', '3']);
    await server.control('set_vm_memory_high_watermark', '0.00001');
    onTestFinished(() => server.control('set_vm_memory_high_watermark', '0.4'));
    await vi.waitFor(
      () => expect(bus.publish(aMessage('4'))).rejects.toThrow('it takes none now: low on memory'),
      PATIENCE,
    );
    release();
    await vi.waitFor(() => expect(ids).toEqual(['1', '2', '3']), PATIENCE);
    await vi.waitFor(
      async () => expect(await bus.backlog('a')).toMatchObject({ unread: 0 }),
      PATIENCE,
    );
    await server.control('set_vm_memory_high_watermark', '0.4');
    await vi.waitFor(() => bus.publish(aMessage('5')), PATIENCE);
    await vi.waitFor(() => expect(ids).toContain('5'), PATIENCE);
  });

  describe('a connection that is dead without a word', () => {
    const openBehindProxy = async (nowMs: () => number) => {
      const { port } = new URL(server.amqpUrl);
      const proxy = await startSilentProxy(Number(port));
      onTestFinished(proxy.stop);
      const url = server.amqpUrl.replace(`:${port}`, `:${proxy.port}`);
      return { proxy, bus: open({ url, nowMs, timeoutMs: 2000 }) };
    };

    test('is given up with the message that was on its way, and the next one gets through', async () => {
      const { proxy, bus } = await openBehindProxy(Date.now);
      await bus.publish(aMessage('1'));
      proxy.silence();
      await expect(bus.publish(aMessage('2'))).rejects.toThrow('not confirmed within 2000 ms');
      await bus.publish(aMessage('3'));
    });

    test('is found out before a message goes over it, where it was idle', async () => {
      let sinceMs = 0;
      const { proxy, bus } = await openBehindProxy(() => Date.now() + sinceMs);
      await bus.publish(aMessage('1'));
      proxy.silence();
      sinceMs = 60_000;
      await bus.publish(aMessage('2'));
    });
  });

  test.each([
    ['a wrong password', (url: string) => url.replace(/:[^:@]+@/, ':wrong-one@'), 'ACCESS_REFUSED'],
    ['no broker', (url: string) => url.replace(/:\d+$/, ':1'), 'ECONNREFUSED'],
  ])('rejects in time with %s, and shows no password', async (_, change, reason) => {
    const log = captureLog();
    const bus = open({ url: change(server.amqpUrl), timeoutMs: 1500, log });
    const fault = await bus.publish(aMessage('1')).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'RabbitmqError' });
    const told = `${fault} ${JSON.stringify(log.lines)}`;
    expect(told).toContain(reason);
    expect(told).toContain('check MOORING_BUS');
    expect(told).not.toContain('wrong-one');
    expect(told).not.toContain('mooring-secret');
    await expect(bus.deadLetters.list('a', 1)).rejects.toThrow(/^RabbitMQ cannot be reached: /);
  });

  test('can be watched without taking anything, beside a consumer alone', async () => {
    const watch = () => tailRabbitmqBus({ url: server.amqpUrl, log: captureLog(), besides: 'a' });
    await expect(watch().next()).rejects.toThrow('a has never consumed there');
    const bus = open();
    const { ids } = collect(bus);
    await bus.publish(aMessage('1'));
    const tail = watch();
    const next = tail.next();
    const watched = vi.waitFor(async () => {
      await bus.publish(aMessage('2'));
      return Promise.race([next, Promise.reject(new Error('nothing yet'))]);
    }, PATIENCE);
    const { body, ...rest } = aMessage('2');
    expect(await watched).toMatchObject({ value: { ...rest, body: Buffer.from(body) } });
    await tail.return(undefined as never);
    await vi.waitFor(() => expect(new Set(ids)).toEqual(new Set(['1', '2'])), PATIENCE);
  });
});

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at + 1}`);
}
