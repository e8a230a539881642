import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLmdbBus, type LmdbBus } from '../../../../../shared/adapters/lmdb/lmdb-bus.ts';
import { openEnv } from '../../../../../shared/adapters/lmdb/lmdb-env.ts';
import { utf8KeyEncoder } from '../../../../../shared/adapters/lmdb/lmdb-keys.ts';
import { tailLmdbLog } from '../../../../../shared/adapters/lmdb/lmdb-tail.ts';
import type { BatchHandler } from '../../../../../shared/ports/message-bus.ts';
import { aMessage } from '../../../../contract/messages.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

type Clock = { nowMs: number };

function openBus(path: string, clock: Clock = { nowMs: 0 }): LmdbBus {
  const bus = createLmdbBus({ path, nowMs: () => clock.nowMs });
  onTestFinished(() => bus.close());
  return bus;
}

function publish(bus: LmdbBus, count: number): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, (_, at) => bus.publish(aMessage(`${at + 1}`))));
}

/** The positions under which groups lie in the log. */
async function groups(path: string): Promise<number[]> {
  const { root, close } = await openEnv({ path: join(path, 'log'), sync: 'flush' });
  const positions = [...root.openDB<unknown, number>({ name: 'messages' }).getKeys({ start: 0 })];
  await close();
  return positions;
}

function drained(bus: LmdbBus, consumer: string): Promise<void> {
  return vi.waitFor(async () => expect((await bus.backlog(consumer)).unread).toBe(0), {
    interval: 5,
  });
}

test('writes what is published together as one group, of at most 1024 messages', async () => {
  const path = tempFolder();
  await publish(openBus(path), 1500);
  expect(await groups(path)).toEqual([1024, 1500]);
});

test('closes a group at 4 MB', async () => {
  const path = tempFolder();
  const bus = openBus(path);
  const body = new Uint8Array(2 * 1024 * 1024);
  const large = ['1', '2', '3'].map((id) => bus.publish({ ...aMessage(id), body }));
  await Promise.all(large);
  expect(await groups(path)).toEqual([2, 3]);
});

test('counts what a consumer has still to get, what it retries and what died', async () => {
  const clock = { nowMs: 0 };
  const bus = openBus(tempFolder(), clock);
  await publish(bus, 4);
  expect(await bus.backlog('a')).toEqual({ unread: 4, retrying: 0, dead: 0 });
  const failures = [
    { messageId: '1', reason: 'no room' },
    { messageId: '2', reason: 'no room' },
  ];
  const consumption = bus.consume('a', async () => failures, { retryDelaysMs: [1_000] });
  await drained(bus, 'a');
  expect(await bus.backlog('a')).toEqual({ unread: 0, retrying: 2, dead: 0 });
  clock.nowMs = 1_000;
  await vi.waitFor(async () => expect((await bus.backlog('a')).dead).toBe(2), { interval: 5 });
  expect(await bus.backlog('a')).toEqual({ unread: 0, retrying: 0, dead: 2 });
  await consumption.stop();
});

test('trims what every consumer has passed once it is older than the retention', async () => {
  const path = tempFolder();
  const clock = { nowMs: 0 };
  const bus = openBus(path, clock);
  bus.consume('a', async () => []);
  for (const id of ['1', '2', '3']) await bus.publish(aMessage(id));
  await drained(bus, 'a');
  clock.nowMs = 30_000;
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(await groups(path)).toEqual([1, 2, 3]);
  clock.nowMs = 90_000;
  // The last record stays: the next position is counted from it.
  await vi.waitFor(async () => expect(await groups(path)).toEqual([3]), { interval: 10 });
  await bus.publish(aMessage('4'));
  expect(await groups(path)).toEqual([3, 4]);
});

test('trims nothing that a registered consumer has not got yet', async () => {
  const path = tempFolder();
  const clock = { nowMs: 0 };
  const bus = openBus(path, clock);
  const stopped = bus.consume('b', async () => []);
  bus.consume('a', async () => []);
  await bus.publish(aMessage('1'));
  await drained(bus, 'b');
  await stopped.stop();
  for (const id of ['2', '3']) await bus.publish(aMessage(id));
  await drained(bus, 'a');
  clock.nowMs = 30_000;
  await new Promise((resolve) => setTimeout(resolve, 120));
  clock.nowMs = 120_000;
  await vi.waitFor(async () => expect(await groups(path)).toEqual([2, 3]), { interval: 10 });
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(await groups(path)).toEqual([2, 3]);
});

test('goes on after a restart where the consumer stood', async () => {
  const path = tempFolder();
  const first = createLmdbBus({ path, nowMs: () => 0 });
  first.consume('a', async () => []);
  await publish(first, 3);
  await drained(first, 'a');
  await first.close();
  const bus = openBus(path);
  const ids: string[] = [];
  bus.consume('a', async (batch) => {
    ids.push(...batch.map(({ messageId }) => messageId));
    return [];
  });
  await bus.publish(aMessage('4'));
  await vi.waitFor(() => expect(ids).toEqual(['4']), { interval: 5 });
});

test('writes nothing for a batch that was in hand when the lease went to another', async () => {
  const path = tempFolder();
  const late = openBus(path);
  const next = openBus(path, { nowMs: 20_000 });
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let inHand = false;
  const failLate: BatchHandler = async (batch) => {
    inHand = true;
    await held;
    return batch.map(({ messageId }) => ({ messageId, reason: 'too late' }));
  };
  const consumption = late.consume('a', failLate, { retryDelaysMs: [] });
  await publish(late, 1);
  await vi.waitFor(() => expect(inHand).toBe(true), { interval: 5 });
  next.consume('a', async () => []);
  await drained(next, 'a');
  const stopped = consumption.stop();
  finish();
  await stopped;
  expect(await next.backlog('a')).toEqual({ unread: 0, retrying: 0, dead: 0 });
});

test('tails messages from now on without registering', async () => {
  const path = tempFolder();
  const bus = openBus(path);
  await bus.publish(aMessage('1'));
  const tail = tailLmdbLog({ path, fromNow: true });
  const next = tail.next();
  await new Promise((resolve) => setTimeout(resolve, 60));
  await bus.publish(aMessage('2'));
  expect((await next).value).toMatchObject({ messageId: '2', deviceName: 'lamp' });
  await tail.return(undefined as never);
});

test('tails from the oldest message kept', async () => {
  const path = tempFolder();
  const bus = openBus(path);
  await publish(bus, 2);
  const ids: string[] = [];
  for await (const { messageId } of tailLmdbLog({ path, fromNow: false })) {
    ids.push(messageId);
    if (ids.length === 2) break;
  }
  expect(ids).toEqual(['1', '2']);
});

test('hands over what takes the place of a message that a power cut took back', async () => {
  const path = tempFolder();
  const before = openBus(path);
  await publish(before, 1);
  await before.close();
  // The ledger reached the disk with a cursor behind message 2, the log without that message.
  const { root, close } = await openEnv({ path: join(path, 'consumers'), sync: 'commit' });
  const options = { name: 'cursors', keyEncoder: utf8KeyEncoder };
  await root.openDB<number, string>(options).put('a', 2);
  await close();

  const bus = openBus(path);
  const seen: string[] = [];
  const consumption = bus.consume('a', async (batch) => {
    seen.push(...batch.map(({ messageId }) => messageId));
    return [];
  });
  await bus.publish(aMessage('3'));
  await vi.waitFor(() => expect(seen).toEqual(['3']));
  await consumption.stop();
});

test('keeps the order of a burst over several groups', async () => {
  const bus = openBus(tempFolder());
  await publish(bus, 1);
  const ids = Array.from({ length: 30_000 }, (_, at) => `${at + 10}`);
  const published: Promise<void>[] = [];
  // Faster than groups close, and while they do.
  for (let at = 0; at < ids.length; at += 1500) {
    published.push(...ids.slice(at, at + 1500).map((id) => bus.publish(aMessage(id))));
    await setImmediate();
  }
  await Promise.all(published);
  const seen: string[] = [];
  const consumption = bus.consume('a', async (batch) => {
    seen.push(...batch.map(({ messageId }) => messageId));
    return [];
  });
  await drained(bus, 'a');
  await consumption.stop();
  expect(seen.slice(1)).toEqual(ids);
});
