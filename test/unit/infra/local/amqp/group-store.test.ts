import { describe, expect, test, vi } from 'vitest';
import { openTestGroup } from '../../../../support/consumer-groups.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

/** Longer than the rest after a write that failed. */
const EVENTUALLY = { timeout: 5000, interval: 50 };

describe('what waits is counted', () => {
  test('rightly, though the position is reset while some of a chunk is out', async () => {
    const { group, store, clock, offer, join, pass } = await openTestGroup();
    offer('1', '2', '3');
    await pass(1200);
    const consumer = join(1);
    await pass(100);
    consumer.acceptAll();
    await pass(0);
    expect([consumer.sent, store.count()]).toEqual([['1'], 2]);
    group.dropBefore(clock.nowMs);
    await store.expire(clock.nowMs);
    consumer.room = 10;
    await pass(100);
    expect([consumer.sent, store.count()]).toEqual([['1'], 0]);
    consumer.room = 0;
    offer('4', '5');
    await pass(1200);
    expect(store.count()).toBe(2);
    consumer.room = 10;
    await pass(100);
    expect(consumer.sent).toEqual(['1', '4', '5']);
  });

  test('rightly, though messages are accepted and put aside while others are dropped', async () => {
    const { store, clock, offer, join, pass } = await openTestGroup();
    offer('1', '2');
    await pass(1200);
    offer('3');
    await pass(0);
    clock.nowMs += 2000;
    const dropping = store.expire(clock.nowMs - 1000);
    const consumer = join(0);
    await pass(100);
    await dropping;
    expect(store.count()).toBe(1);
    consumer.room = 10;
    await pass(100);
    expect(consumer.sent).toEqual(['3']);
  });

  test('once, though one that was put aside becomes due while its consumer still has it', async () => {
    const { store, clock, offer, join, pass } = await openTestGroup();
    const consumer = join(10);
    offer('1');
    await pass(3000);
    expect(store.count()).toBe(1);
    clock.nowMs += 58_000;
    offer('2');
    await pass(0);
    expect(consumer.sent).toEqual(['1', '2']);
    consumer.acceptAll();
    await pass(200);
    expect(store.count()).toBe(0);
    consumer.room = 0;
    offer('3');
    await pass(1200);
    expect(store.count()).toBe(1);
  });

  test('as none for a group that is deleted, and the bus keeps nothing of it', async () => {
    const path = tempFolder();
    const { group, store, offer, join, pass, settled, close } = await openTestGroup({ path });
    join(1);
    offer('1', '2', '3');
    await pass(1200);
    offer('4');
    await group.drop();
    expect([settled.toSorted(), store.count()]).toEqual([['1', '2', '3', '4'], 0]);
    await close();
    const again = await openTestGroup({ path });
    expect(again.store.count()).toBe(0);
  });
});

describe('while the disk takes nothing', () => {
  test('messages stay on the bus, and lie in the backlog once it does', async () => {
    const { disk, store, offer, pass, settled } = await openTestGroup();
    disk.isBroken = true;
    offer('1', '2');
    await pass(2000);
    expect([settled, store.count()]).toEqual([[], 0]);
    disk.isBroken = false;
    await vi.waitFor(() => expect([settled, store.count()]).toEqual([['1', '2'], 2]), EVENTUALLY);
  });

  test('one that is accepted meanwhile is settled, and does not come again', async () => {
    const { disk, store, offer, join, pass, settled } = await openTestGroup();
    const consumer = join(1);
    disk.isBroken = true;
    offer('1');
    await pass(2200);
    consumer.acceptAll();
    disk.isBroken = false;
    await vi.waitFor(() => expect(settled).toEqual(['1']), EVENTUALLY);
    consumer.room = 10;
    await pass(61_000);
    expect([consumer.sent, store.count()]).toEqual([['1'], 0]);
  });

  test('one whose consumer leaves meanwhile goes to another one a minute after it was sent', async () => {
    const { disk, store, offer, join, pass, settled } = await openTestGroup();
    const leaving = join(1);
    disk.isBroken = true;
    offer('1');
    await pass(2200);
    leaving.leave();
    const staying = join(10);
    disk.isBroken = false;
    await vi.waitFor(() => expect([settled, store.count()]).toEqual([['1'], 1]), EVENTUALLY);
    await pass(57_000);
    expect(staying.sent).toEqual([]);
    await pass(1500);
    expect(staying.out.map(({ message, deliveries }) => [message.messageId, deliveries])).toEqual([
      ['1', 1],
    ]);
  });

  test('a group closes all the same, and settles nothing', async () => {
    const { disk, offer, join, pass, settled, close } = await openTestGroup();
    join(1);
    offer('1', '2');
    await pass(0);
    disk.isBroken = true;
    await close();
    expect(settled).toEqual([]);
  });
});

test('after its end a group takes nothing from the bus', async () => {
  const { group, offer, pass, settled, store } = await openTestGroup();
  await group.close();
  offer(...Array.from({ length: 3000 }, (_, at) => `${at}`));
  await pass(2000);
  expect([settled, store.count()]).toEqual([[], 0]);
});
