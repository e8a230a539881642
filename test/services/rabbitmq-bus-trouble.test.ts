import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { aMessage } from '../contract/messages.ts';
import { captureLog } from '../support/captured-log.ts';
import { withConnection } from '../support/rabbitmq-bus.ts';
import { collect, publishAll, useRabbitmqBuses } from '../support/rabbitmq-buses.ts';
import { hasRabbitmq } from '../support/rabbitmq-server.ts';
import { startSilentProxy } from '../support/silent-proxy.ts';

const PATIENCE = { timeout: 30_000, interval: 10 };

describe.skipIf(!hasRabbitmq())('trouble with RabbitMQ (Debian package rabbitmq-server)', () => {
  const { server, url, open } = useRabbitmqBuses();

  test('declares again what somebody has deleted, and loses no message by it', async () => {
    const bus = open();
    await bus.publish(aMessage('1'));
    await withConnection(url(), (connection) =>
      connection.queueDelete({ queue: 'mooring.unclaimed' }),
    );
    await bus.publish(aMessage('2'));
    const { ids } = collect(bus);
    await vi.waitFor(() => expect(ids).toEqual(['2']), PATIENCE);
    await withConnection(url(), (connection) => connection.queueDelete({ queue: 'mooring.a' }));
    await bus.publish(aMessage('3'));
    await vi.waitFor(() => expect(ids).toEqual(['2', '3']), PATIENCE);
  });

  test('throws away what is no message of the bus, and says so', async () => {
    const log = captureLog();
    const bus = open({ log });
    const { ids } = collect(bus);
    await bus.publish(aMessage('1'));
    await withConnection(url(), async (connection) => {
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
    await server().control('set_vm_memory_high_watermark', '0.00001');
    onTestFinished(() => server().control('set_vm_memory_high_watermark', '0.4'));
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
    await server().control('set_vm_memory_high_watermark', '0.4');
    await vi.waitFor(() => bus.publish(aMessage('5')), PATIENCE);
    await vi.waitFor(() => expect(ids).toContain('5'), PATIENCE);
  });

  describe('a connection that is dead without a word', () => {
    const openBehindProxy = async (nowMs: () => number) => {
      const { port } = new URL(url());
      const proxy = await startSilentProxy(Number(port));
      onTestFinished(proxy.stop);
      const behind = url().replace(`:${port}`, `:${proxy.port}`);
      return { proxy, bus: open({ url: behind, nowMs, timeoutMs: 2000 }) };
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
    const bus = open({ url: change(url()), timeoutMs: 1500, log });
    const fault = await bus.publish(aMessage('1')).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'RabbitmqError' });
    const told = `${fault} ${JSON.stringify(log.lines)}`;
    expect(told).toContain(reason);
    expect(told).toContain('check MOORING_BUS');
    expect(told).not.toContain('wrong-one');
    expect(told).not.toContain('mooring-secret');
    await expect(bus.deadLetters.list('a', 1)).rejects.toThrow(/^RabbitMQ cannot be reached: /);
  });
});
