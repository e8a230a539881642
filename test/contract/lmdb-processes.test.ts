import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLmdbBus, type LmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { longRun } from '../support/long.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startChild } from './children/child.ts';
import { aMessage } from './messages.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const TEST_MS = 60_000;

function openBus(path: string): LmdbBus {
  const bus = createLmdbBus({ path, nowMs: Date.now });
  onTestFinished(() => bus.close());
  return bus;
}

function collect(bus: LmdbBus, consumer: string): string[] {
  const ids: string[] = [];
  bus.consume(consumer, async (batch) => {
    ids.push(...batch.map(({ messageId }) => messageId));
    return [];
  });
  return ids;
}

describe('one lmdb folder in several processes', () => {
  test('loses no increment of a counter that two processes share', {
    timeout: TEST_MS,
  }, async () => {
    const path = tempFolder();
    const store = createLmdbStore({ path, nowMs: Date.now });
    onTestFinished(() => store.close());
    await store.table('seen').insert({ partition: 'p' }, { seenAtMs: 0 });
    const children = [startChild('counter.ts', path, '50'), startChild('counter.ts', path, '50')];
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    expect((await store.table('seen').read({ partition: 'p' }))?.value).toEqual({ seenAtMs: 100 });
  });

  test('hands over each message of two publishing processes once', {
    timeout: TEST_MS,
  }, async () => {
    const path = tempFolder();
    const ids = collect(openBus(path), 'a');
    const children = ['x', 'y'].map((name) => startChild('publisher.ts', path, name, '2000'));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    await vi.waitFor(() => expect(ids.length).toBeGreaterThanOrEqual(4000), PATIENCE);
    expect(new Set(ids).size).toBe(4000);
    expect(ids).toHaveLength(4000);
  });

  test('keeps every acknowledged message of a publisher that is killed', {
    timeout: TEST_MS,
  }, async () => {
    const path = tempFolder();
    const acknowledged: string[] = [];
    for (let round = 1; round <= (longRun ? 10 : 2); round += 1) {
      const child = startChild('publisher.ts', path, `round${round}`, '1000000');
      await vi.waitFor(() => expect(child.lines().length).toBeGreaterThan(500), PATIENCE);
      await child.kill();
      acknowledged.push(...child.lines());
    }
    const ids = collect(openBus(path), 'a');
    await vi.waitFor(() => {
      const handed = new Set(ids);
      expect(acknowledged.filter((id) => !handed.has(id))).toEqual([]);
    }, PATIENCE);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('hands over again what a killed consumer had in hand', { timeout: TEST_MS }, async () => {
    const path = tempFolder();
    const bus = openBus(path);
    const child = startChild('consumer.ts', path, 'a', 'hang');
    await bus.publish(aMessage('1'));
    await vi.waitFor(() => expect(child.lines()).toEqual(['1']), PATIENCE);
    await child.kill();
    const ids = collect(bus, 'a');
    await vi.waitFor(() => expect(ids).toEqual(['1']), PATIENCE);
  });

  test('takes over from a consumer that is killed, at once', { timeout: TEST_MS }, async () => {
    const path = tempFolder();
    const bus = openBus(path);
    const child = startChild('consumer.ts', path, 'a');
    await bus.publish(aMessage('1'));
    await vi.waitFor(() => expect(child.lines()).toEqual(['1']), PATIENCE);
    await vi.waitFor(async () => expect((await bus.backlog('a')).unread).toBe(0), PATIENCE);
    const ids = collect(bus, 'a');
    await bus.publish(aMessage('2'));
    await vi.waitFor(() => expect(child.lines()).toEqual(['1', '2']), PATIENCE);
    await vi.waitFor(async () => expect((await bus.backlog('a')).unread).toBe(0), PATIENCE);
    expect(ids).toEqual([]);
    await child.kill();
    await bus.publish(aMessage('3'));
    await vi.waitFor(() => expect(ids).toEqual(['3']), { timeout: 5_000, interval: 20 });
  });
});
