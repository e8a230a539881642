import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Message } from '../../shared/model/message.ts';
import type { BatchHandler, MessageBus } from '../../shared/ports/message-bus.ts';
import { describeFollowing } from './bus-following.ts';
import { aMessage } from './messages.ts';

/** Opens an empty bus; `nowMs` is the real clock, as retries wait for it. */
export type OpenBus = () => MessageBus;

/** What every adapter of `ports/message-bus.ts` does. */
export function describeBus(name: string, openBus: OpenBus): void {
  const open = closedByTest(openBus);
  describe(`message bus on ${name}`, () => {
    describeDelivery(open);
    describeFailures(open);
    describeDeadLetters(open);
    describeFollowing(open);
  });
}

/** What an adapter does on which one consumption of a name has its turn at a time. */
export function describeTurns(name: string, openBus: OpenBus): void {
  const open = closedByTest(openBus);
  test(`message bus on ${name} lets a second consumption of a name wait for the first to stop`, async () => {
    const bus = open();
    const [first, second] = [receiver(), receiver()];
    const consumption = bus.consume('a', first.handle);
    await bus.publish(aMessage('1'));
    await eventually(() => expect(first.ids).toEqual(['1']));
    bus.consume('a', second.handle);
    await bus.publish(aMessage('2'));
    await eventually(() => expect(first.ids).toEqual(['1', '2']));
    expect(second.ids).toEqual([]);
    await consumption.stop();
    await bus.publish(aMessage('3'));
    await eventually(() => expect(second.ids).toEqual(['3']));
  });
}

function closedByTest(openBus: OpenBus): OpenBus {
  return () => {
    const bus = openBus();
    onTestFinished(() => bus.close());
    return bus;
  };
}

type Received = { handle: BatchHandler; ids: string[]; messages: Message[]; batches: number[] };

/** A consumer that takes everything. */
function receiver(): Received {
  const received: Received = { handle: async () => [], ids: [], messages: [], batches: [] };
  received.handle = async (batch) => {
    received.messages.push(...batch);
    received.ids.push(...batch.map(({ messageId }) => messageId));
    received.batches.push(batch.length);
    return [];
  };
  return received;
}

function publishAll(bus: MessageBus, ids: readonly string[]): Promise<unknown> {
  return Promise.all(ids.map((messageId) => bus.publish(aMessage(messageId))));
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at + 1}`);
}

function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}

function describeDelivery(open: OpenBus): void {
  test('hands over a message as it was published', async () => {
    const bus = open();
    const received = receiver();
    bus.consume('a', received.handle);
    const message = { ...aMessage('18446744073709551615'), body: Uint8Array.of(0, 255, 10) };
    await bus.publish(message);
    await eventually(() => expect(received.messages).toHaveLength(1));
    const body = Uint8Array.from(received.messages[0]?.body ?? []);
    expect({ ...received.messages[0], body }).toEqual(message);
  });

  test('hands over messages in order, each once, in batches of at most the given size', async () => {
    const bus = open();
    const received = receiver();
    await publishAll(bus, numbered(25));
    bus.consume('a', received.handle, { batchSize: 10 });
    await eventually(() => expect(received.ids).toHaveLength(25));
    expect(received.ids).toEqual(numbered(25));
    expect(Math.max(...received.batches)).toBeLessThanOrEqual(10);
  });

  test('hands over what was published before the first consumer registered', async () => {
    const bus = open();
    const received = receiver();
    await bus.publish(aMessage('1'));
    bus.consume('a', received.handle);
    await eventually(() => expect(received.ids).toEqual(['1']));
  });

  test('hands every message to every consumer', async () => {
    const bus = open();
    const [a, b] = [receiver(), receiver()];
    bus.consume('a', a.handle);
    bus.consume('b', b.handle);
    await publishAll(bus, numbered(10));
    await eventually(() => expect([a.ids, b.ids]).toEqual([numbered(10), numbered(10)]));
  });

  test('goes on where the consumer stood when it stopped', async () => {
    const bus = open();
    const [before, after] = [receiver(), receiver()];
    const consumption = bus.consume('a', before.handle);
    await bus.publish(aMessage('1'));
    await eventually(() => expect(before.ids).toEqual(['1']));
    await consumption.stop();
    await bus.publish(aMessage('2'));
    bus.consume('a', after.handle);
    await eventually(() => expect(after.ids).toEqual(['2']));
    expect(before.ids).toEqual(['1']);
  });

  test('settles the batch in hand before stop resolves, and starts no other', async () => {
    const bus = open();
    const handed: string[] = [];
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const consumption = bus.consume(
      'a',
      async (batch) => {
        handed.push(...batch.map(({ messageId }) => messageId));
        await held;
        return [];
      },
      { batchSize: 1 },
    );
    await publishAll(bus, ['1', '2']);
    await eventually(() => expect(handed).toEqual(['1']));
    const stopped = consumption.stop();
    finish();
    await stopped;
    expect(handed).toEqual(['1']);
    const rest = receiver();
    bus.consume('a', rest.handle);
    await eventually(() => expect(rest.ids).toEqual(['2']));
  });

  test('rejects a message for a closed bus', async () => {
    const bus = open();
    await bus.close();
    await expect(bus.publish(aMessage('1'))).rejects.toThrow(/is closed$/);
  });
}

/** Fails a message the first `times` times that it is handed over. */
function failing(failedId: string, times: number) {
  const received = receiver();
  const handle: BatchHandler = async (batch) => {
    const seen = received.ids.filter((id) => id === failedId).length;
    await received.handle(batch);
    const failed = batch.some(({ messageId }) => messageId === failedId) && seen < times;
    return failed ? [{ messageId: failedId, reason: 'no room' }] : [];
  };
  return { handle, ids: received.ids };
}

function describeFailures(open: OpenBus): void {
  test('hands over a failed item again, and only that', async () => {
    const bus = open();
    const { handle, ids } = failing('2', 2);
    bus.consume('a', handle, { retryDelaysMs: [1, 1, 1] });
    await publishAll(bus, numbered(3));
    await eventually(() => expect(ids.filter((id) => id === '2')).toHaveLength(3));
    await bus.publish(aMessage('4'));
    await eventually(() => expect(ids).toContain('4'));
    expect(ids.toSorted()).toEqual(['1', '2', '2', '2', '3', '4']);
    expect(await bus.deadLetters.list('a', 10)).toEqual([]);
  });

  test('hands over live messages while a failed one waits for its retry', async () => {
    const bus = open();
    const { handle, ids } = failing('1', 1);
    bus.consume('a', handle, { retryDelaysMs: [3_600_000] });
    await bus.publish(aMessage('1'));
    await eventually(() => expect(ids).toEqual(['1']));
    await bus.publish(aMessage('2'));
    await eventually(() => expect(ids).toEqual(['1', '2']));
  });

  test('dead-letters an item after its last retry, with the reason and the attempts', async () => {
    const bus = open();
    const { handle, ids } = failing('1', 10);
    bus.consume('a', handle, { retryDelaysMs: [1, 1] });
    await bus.publish(aMessage('1'));
    await eventually(async () => expect(await bus.deadLetters.list('a', 10)).toHaveLength(1));
    const [letter] = await bus.deadLetters.list('a', 10);
    expect(letter).toMatchObject({ message: { messageId: '1' }, reason: 'no room', attempts: 3 });
    expect(ids).toEqual(['1', '1', '1']);
  });

  test('takes a rejection for the failure of the whole batch', async () => {
    const bus = open();
    const rejecting = async () => {
      throw new Error('broken');
    };
    await publishAll(bus, ['1', '2']);
    bus.consume('a', rejecting, { retryDelaysMs: [] });
    await eventually(async () => expect(await bus.deadLetters.list('a', 10)).toHaveLength(2));
    const letters = await bus.deadLetters.list('a', 10);
    expect(letters.map(({ reason, attempts }) => [reason, attempts])).toEqual([
      ['broken', 1],
      ['broken', 1],
    ]);
  });

  test('does not let the failures of one consumer reach another', async () => {
    const bus = open();
    const other = receiver();
    bus.consume('a', failing('1', 10).handle, { retryDelaysMs: [] });
    bus.consume('b', other.handle);
    await bus.publish(aMessage('1'));
    await eventually(async () => expect(await bus.deadLetters.list('a', 10)).toHaveLength(1));
    await eventually(() => expect(other.ids).toEqual(['1']));
    expect(await bus.deadLetters.list('b', 10)).toEqual([]);
  });
}

function describeDeadLetters(open: OpenBus): void {
  const openWithDead = async (handle: BatchHandler, ids: readonly string[]) => {
    const bus = open();
    bus.consume('a', handle, { retryDelaysMs: [], batchSize: 1 });
    await publishAll(bus, ids);
    await eventually(async () =>
      expect(await bus.deadLetters.list('a', 10)).toHaveLength(ids.length),
    );
    return bus;
  };
  const failAll: BatchHandler = async (batch) =>
    batch.map(({ messageId }) => ({ messageId, reason: 'no room' }));

  test('lists dead letters from the oldest, as many as asked for', async () => {
    const bus = await openWithDead(async (batch) => {
      // So that no two die in the same millisecond.
      await new Promise((resolve) => setTimeout(resolve, 3));
      return failAll(batch);
    }, numbered(3));
    const letters = await bus.deadLetters.list('a', 2);
    expect(letters.map(({ message }) => message.messageId)).toEqual(['1', '2']);
  });

  test('hands a replayed dead letter over again, once', async () => {
    const { handle, ids } = failing('1', 1);
    const bus = await openWithDead(handle, ['1']);
    expect(await bus.deadLetters.replay('a', '1')).toBe(true);
    await eventually(() => expect(ids).toEqual(['1', '1']));
    expect(await bus.deadLetters.list('a', 10)).toEqual([]);
    expect(await bus.deadLetters.replay('a', '1')).toBe(false);
  });

  test.each([
    ['a', '2'],
    ['b', '1'],
  ])('does not replay what is not there (consumer %s, message %s)', async (consumer, messageId) => {
    const bus = await openWithDead(failAll, ['1']);
    expect(await bus.deadLetters.replay(consumer, messageId)).toBe(false);
    expect(await bus.deadLetters.list('a', 10)).toHaveLength(1);
  });
}
