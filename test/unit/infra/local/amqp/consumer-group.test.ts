import { describe, expect, test, vi } from 'vitest';
import { openTestGroup } from '../../../../support/consumer-groups.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}`);

describe('live messages', () => {
  test('go out in their order, and are settled when they are accepted', async () => {
    const { offer, join, pass, settled } = await openTestGroup();
    const consumer = join(10);
    offer('1', '2', '3');
    await pass(100);
    expect(consumer.sent).toEqual(['1', '2', '3']);
    expect(settled).toEqual([]);
    consumer.acceptAll();
    expect(settled).toEqual(['1', '2', '3']);
  });

  test('are shared by the consumers that have room', async () => {
    const { offer, join, pass } = await openTestGroup();
    const consumers = [join(100), join(100), join(0)];
    offer(...numbered(1, 60));
    await pass(100);
    const [first = 0, second = 0, full] = consumers.map(({ sent }) => sent.length);
    expect(Math.min(first, second)).toBeGreaterThanOrEqual(20);
    expect(full).toBe(0);
    expect(consumers.flatMap(({ sent }) => sent).length).toBe(60);
  });

  test('wait a second for room, and then lie in the backlog and not on the bus', async () => {
    const { offer, join, pass, settled, store } = await openTestGroup();
    const consumer = join(1);
    offer('1', '2');
    await pass(900);
    expect([settled, store.count()]).toEqual([[], 0]);
    await pass(200);
    expect([consumer.sent, settled, store.count()]).toEqual([['1'], ['2'], 1]);
  });

  test('wait for nobody in a crowd: what is over the window goes to the backlog at once', async () => {
    const { offer, pass, settled, store } = await openTestGroup();
    offer(...numbered(1, 3000));
    await pass(0);
    expect(settled).toEqual(numbered(1, 3000 - 2048));
    expect(store.count()).toBe(3000 - 2048);
  });

  test('go before those that wait in the backlog', async () => {
    const { offer, join, pass } = await openTestGroup();
    offer(...numbered(1, 3));
    await pass(1200);
    const consumer = join(1);
    offer('4');
    await pass(100);
    expect(consumer.sent).toEqual(['4']);
    consumer.acceptAll();
    consumer.room = 10;
    await pass(100);
    expect(consumer.sent).toEqual(['4', '1', '2', '3']);
  });
});

describe('while the bus is crowded', () => {
  test('live messages wait for a tenth of a second, and unaccepted ones too', async () => {
    let isCrowded = false;
    const { offer, join, pass, settled, store } = await openTestGroup({
      isBusCrowded: () => isCrowded,
    });
    join(1);
    offer('1', '2');
    await pass(200);
    expect([settled, store.count()]).toEqual([[], 0]);
    isCrowded = true;
    await pass(100);
    expect([settled, store.count()]).toEqual([['2', '1'], 2]);
  });
});

describe('when the clock is put back by an hour', () => {
  const HOUR_MS = 3_600_000;
  const at = { nowMs: 100 * HOUR_MS };

  test('live messages do not wait on the bus until it is as late again', async () => {
    const { offer, join, pass, clock, settled } = await openTestGroup(at);
    const consumer = join(1);
    offer('unaccepted', 'waiting');
    await pass(100);
    clock.nowMs -= HOUR_MS;
    await pass(100);
    expect(settled.toSorted()).toEqual(['unaccepted', 'waiting']);
    consumer.room = 10;
    await pass(100);
    expect(new Set(consumer.sent)).toEqual(new Set(['unaccepted', 'waiting']));
  });

  test('the backlog comes all the same', async () => {
    const { offer, join, pass, clock } = await openTestGroup(at);
    offer('1');
    await pass(1200);
    clock.nowMs -= HOUR_MS;
    const consumer = join(10);
    await pass(100);
    expect(consumer.sent).toEqual(['1']);
  });
});

describe('the backlog', () => {
  test('is shared by the consumers, also where it comes one by one', async () => {
    const { offer, join, pass } = await openTestGroup({ backlogPerSecond: 10 });
    offer(...numbered(1, 20));
    await pass(1200);
    const consumers = [join(100), join(100)];
    await pass(2000);
    expect(consumers.map(({ sent }) => sent.length)).toEqual([10, 10]);
  });

  test('is read on and on, not at every look alone', async () => {
    const { offer, join, pass } = await openTestGroup({ backlogPerSecond: 100_000 });
    offer(...numbered(1, 2000));
    await pass(1200);
    const consumer = join(2000);
    await vi.waitFor(() => expect(consumer.sent).toHaveLength(2000));
  });

  test('comes beside live messages at its own pace', async () => {
    const { offer, join, pass } = await openTestGroup({ backlogPerSecond: 10 });
    offer(...numbered(1, 100));
    await pass(1200);
    const consumer = join(1000);
    await pass(2000);
    // Two at once, and ten a second.
    expect(consumer.sent.length).toBeGreaterThanOrEqual(20);
    expect(consumer.sent.length).toBeLessThanOrEqual(23);
    offer('live');
    await pass(100);
    expect(consumer.sent).toContain('live');
  });

  test('is there after a restart, and gone once it is accepted', async () => {
    const path = tempFolder();
    const before = await openTestGroup({ path });
    before.offer('1', '2');
    await before.pass(1200);
    await before.close();
    const after = await openTestGroup({ path, nowMs: 2_000_000 });
    expect(after.store.count()).toBe(2);
    const consumer = after.join(10);
    await after.pass(100);
    expect(consumer.sent).toEqual(['1', '2']);
    consumer.acceptAll();
    await after.pass(100);
    expect(after.store.count()).toBe(0);
    await after.close();
    const later = await openTestGroup({ path });
    expect(later.store.count()).toBe(0);
  });

  test('keeps nothing longer than a day', async () => {
    const { offer, join, pass, clock, store } = await openTestGroup();
    offer('1');
    await pass(1200);
    clock.nowMs += 24 * 60 * 60 * 1000;
    const consumer = join(10);
    await pass(200);
    expect([consumer.sent, store.count()]).toEqual([[], 0]);
  });

  test('and live messages give nothing that is older than the position they were set to', async () => {
    const { group, offer, join, pass, clock, settled } = await openTestGroup();
    offer('1');
    clock.nowMs += 1;
    group.dropBefore(clock.nowMs);
    const consumer = join(10);
    offer('2');
    await pass(0);
    expect([consumer.sent, settled]).toEqual([['2'], ['1']]);
  });

  test('gives nothing that is older than the position it was set to', async () => {
    const { group, offer, join, pass, clock, store } = await openTestGroup();
    offer('1');
    await pass(1200);
    group.dropBefore(clock.nowMs);
    offer('2');
    await pass(1200);
    const consumer = join(10);
    await pass(200);
    expect([consumer.sent, store.count()]).toEqual([['2'], 1]);
  });
});

describe('what is not accepted', () => {
  test('leaves the bus after two seconds, and counts when it is accepted after all', async () => {
    const { offer, join, pass, settled, store } = await openTestGroup();
    const consumer = join(10);
    offer('1');
    await pass(2200);
    expect([settled, store.count()]).toEqual([['1'], 1]);
    consumer.acceptAll();
    await pass(100);
    expect(store.count()).toBe(0);
    await pass(61_000);
    expect(consumer.sent).toEqual(['1']);
  });

  test('comes again after a minute, and says how often it was sent', async () => {
    const { offer, join, pass } = await openTestGroup();
    const consumer = join(10);
    offer('1');
    await pass(59_500);
    expect(consumer.sent).toEqual(['1']);
    await pass(1000);
    expect([consumer.sent, consumer.forgotten]).toEqual([['1', '1'], ['1']]);
    expect(consumer.out.map(({ deliveries }) => deliveries)).toEqual([1]);
    await pass(61_000);
    expect(consumer.out.map(({ deliveries }) => deliveries)).toEqual([2]);
  });

  test('comes again a minute after it was given back', async () => {
    const { offer, join, pass, settled } = await openTestGroup();
    const consumer = join(10);
    offer('1');
    await pass(100);
    const [entry] = consumer.out.splice(0);
    if (entry) consumer.returned(entry);
    await pass(200);
    expect([consumer.sent, settled]).toEqual([['1'], ['1']]);
    await pass(60_000);
    expect(consumer.sent).toEqual(['1', '1']);
  });

  test('does not hold up what comes behind it', async () => {
    const { offer, join, pass } = await openTestGroup();
    const consumer = join(100);
    offer('poison');
    await pass(100);
    offer('1');
    await pass(3000);
    offer('2');
    await pass(100);
    expect(consumer.sent).toEqual(['poison', '1', '2']);
  });

  test('goes to the others, though its consumer leaves twice', async () => {
    const { offer, join, pass } = await openTestGroup();
    const leaving = join(1);
    offer('1');
    await pass(0);
    const staying = join(10);
    leaving.leave();
    leaving.leave();
    await pass(100);
    expect([leaving.sent, staying.sent]).toEqual([['1'], ['1']]);
  });

  test('goes to the others when its consumer leaves', async () => {
    const { offer, join, pass } = await openTestGroup();
    const leaving = join(2);
    offer('1', '2');
    await pass(100);
    const staying = join(10);
    leaving.leave();
    offer('3');
    await pass(100);
    expect(staying.sent).toEqual(['1', '2', '3']);
  });

  test('goes to the backlog when the group closes', async () => {
    const path = tempFolder();
    const before = await openTestGroup({ path });
    before.join(1);
    before.offer('1', '2');
    await before.pass(0);
    await before.close();
    expect(before.settled.toSorted()).toEqual(['1', '2']);
    const after = await openTestGroup({ path, nowMs: 2_000_000 });
    const consumer = after.join(10);
    await after.pass(100);
    expect(consumer.sent.toSorted()).toEqual(['1', '2']);
  });
});
