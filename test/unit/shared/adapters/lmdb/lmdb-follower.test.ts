import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLmdbBus, type LmdbBus } from '../../../../../shared/adapters/lmdb/lmdb-bus.ts';
import { openLedger } from '../../../../../shared/adapters/lmdb/lmdb-ledger.ts';
import { openLog } from '../../../../../shared/adapters/lmdb/lmdb-log.ts';
import type { Delivery } from '../../../../../shared/ports/message-bus.ts';
import { aMessage } from '../../../../contract/messages.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const EVENTUALLY = { timeout: 4000, interval: 5 };

function openBus(path: string, clock = { nowMs: 1_000_000 }, log = captureLog()): LmdbBus {
  const bus = createLmdbBus({
    path: join(path, 'bus'),
    nowMs: () => clock.nowMs,
    retentionMs: 1000,
    log,
  });
  onTestFinished(() => bus.close());
  return bus;
}

async function publish(bus: LmdbBus, from: number, to: number): Promise<void> {
  for (let id = from; id <= to; id += 1) await bus.publish(aMessage(`${id}`));
}

function follower() {
  const deliveries: Delivery[] = [];
  return {
    take: (delivery: Delivery) => void deliveries.push(delivery),
    ids: () => deliveries.map(({ message }) => Number(message.messageId)),
    settle: (...ids: number[]) => {
      for (const { message, settle } of deliveries) {
        if (ids.includes(Number(message.messageId))) settle();
      }
    },
  };
}

/** Has another consumer take all of it, and the log trimmed until it begins with a message. */
async function trim(
  bus: LmdbBus,
  { path, clock, first }: { path: string; clock: { nowMs: number }; first: number },
): Promise<void> {
  bus.consume('other', async () => []);
  const { records, close } = await openLog(join(path, 'bus'), 'flush');
  onTestFinished(close);
  await vi.waitFor(() => {
    clock.nowMs += 1000;
    records.resetReadTxn();
    expect([...records.getKeys({ start: 0, limit: 1 })]).toEqual([first]);
  }, EVENTUALLY);
}

test('a follower that comes to a log whose beginning is gone knows what it has settled', async () => {
  const path = tempFolder();
  const clock = { nowMs: 1_000_000 };
  const bus = openBus(path, clock);
  await publish(bus, 1, 20);
  await trim(bus, { path, clock, first: 20 });
  const first = follower();
  const following = bus.follow('a', first.take, { window: 99 });
  await vi.waitFor(() => expect(first.ids()).toEqual([20]), EVENTUALLY);
  await publish(bus, 21, 23);
  await vi.waitFor(() => expect(first.ids()).toEqual([20, 21, 22, 23]), EVENTUALLY);
  first.settle(20, 22);
  await following.stop();
  const second = follower();
  bus.follow('a', second.take, { window: 99 });
  await vi.waitFor(() => expect(second.ids()).toEqual([21, 22, 23]), EVENTUALLY);
});

test('the log is trimmed up to what a follower has not settled, and no further', async () => {
  const path = tempFolder();
  const clock = { nowMs: 1_000_000 };
  const bus = openBus(path, clock);
  const behind = follower();
  const following = bus.follow('behind', behind.take, { window: 2 });
  await publish(bus, 1, 9);
  await vi.waitFor(() => expect(behind.ids()).toEqual([1, 2]), EVENTUALLY);
  behind.settle(1, 2);
  await vi.waitFor(() => expect(behind.ids()).toEqual([1, 2, 3, 4]), EVENTUALLY);
  await trim(bus, { path, clock, first: 3 });
  await following.stop();
  const next = follower();
  bus.follow('behind', next.take, { window: 99 });
  await vi.waitFor(() => expect(next.ids()).toEqual([3, 4, 5, 6, 7, 8, 9]), EVENTUALLY);
});

test('who has lost the lease begins anew at what it had settled, once it has it again', async () => {
  const path = tempFolder();
  const clock = { nowMs: 1_000_000 };
  const bus = openBus(path, clock);
  const { take, ids, settle } = follower();
  bus.follow('a', take, { window: 99 });
  await publish(bus, 1, 4);
  await vi.waitFor(() => expect(ids()).toEqual([1, 2, 3, 4]), EVENTUALLY);
  settle(1, 3);
  const ledger = await openLedger(join(path, 'bus'));
  const savedAs = async (position: number) => {
    clock.nowMs += 250;
    ledger.root.resetReadTxn();
    expect(ledger.cursors.get('a')).toBe(position);
  };
  await vi.waitFor(() => savedAs(1), EVENTUALLY);
  const thief = { owner: 'thief', host: 'elsewhere', pid: 1, expiresAtMs: clock.nowMs + 60_000 };
  await ledger.leases.put('a', thief);
  clock.nowMs += 20_000;
  await publish(bus, 5, 6);
  // What it settles now is no longer its business, and it gets nothing.
  settle(2);
  await sleep(100);
  await savedAs(1);
  expect(ids()).toEqual([1, 2, 3, 4]);
  clock.nowMs += 60_000;
  await vi.waitFor(() => expect(ids()).toEqual([1, 2, 3, 4, 2, 3, 4, 5, 6]), EVENTUALLY);
  await ledger.close();
});

test('a message that a follower fails to take holds up no other, and comes again', async () => {
  const path = tempFolder();
  const log = captureLog();
  const bus = openBus(path, { nowMs: 1_000_000 }, log);
  const taken: string[] = [];
  await publish(bus, 1, 4);
  const following = bus.follow(
    'a',
    ({ message, settle }) => {
      if (message.messageId === '2') throw new Error('not this one');
      taken.push(message.messageId);
      settle();
    },
    { window: 99 },
  );
  await vi.waitFor(() => expect(taken).toEqual(['1', '3', '4']), EVENTUALLY);
  expect(log.lines).toEqual([
    expect.objectContaining({ fields: { consumer: 'a', error: 'Error: not this one' } }),
  ]);
  await following.stop();
  const next = follower();
  bus.follow('a', next.take, { window: 99 });
  await vi.waitFor(() => expect(next.ids()).toEqual([2, 3, 4]), EVENTUALLY);
});
