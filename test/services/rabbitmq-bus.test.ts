import { describe, expect, test, vi } from 'vitest';
import { tailRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-tail.ts';
import { describeBus } from '../contract/bus-contract.ts';
import { aMessage } from '../contract/messages.ts';
import { captureLog } from '../support/captured-log.ts';
import { inspectQueue } from '../support/rabbitmq-bus.ts';
import { collect, publishAll, useRabbitmqBuses } from '../support/rabbitmq-buses.ts';
import { hasRabbitmq } from '../support/rabbitmq-server.ts';

const PATIENCE = { timeout: 30_000, interval: 10 };

describe.skipIf(!hasRabbitmq())('the bus on RabbitMQ (Debian package rabbitmq-server)', () => {
  const { url, create, open } = useRabbitmqBuses();

  describeBus('rabbitmq', () => create());

  test('shares the messages of a name among those that consume under it', async () => {
    const [first, second] = [collect(open()), collect(open())];
    const consumers = async () => (await inspectQueue(url(), 'mooring.a')).consumerCount;
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

  test('can be watched without taking anything, beside a consumer alone', async () => {
    const watch = () => tailRabbitmqBus({ url: url(), log: captureLog(), besides: 'a' });
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
