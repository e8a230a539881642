import { describe, expect, test } from 'vitest';
import { createExpiringCache } from '../../../../../shared/core/cache/expiring-cache.ts';
import { createTestClock } from '../../../../support/test-clock.ts';

const TTL_MS = 10_000;

/** A cache over `source`, with the keys that it loaded; a load ends when `gate` does. */
function openCache(capacity = 100) {
  const clock = createTestClock();
  const source = new Map<string, string>();
  const loads: string[] = [];
  const gates: Promise<void>[] = [];
  const cache = createExpiringCache<string>({
    load: async (key) => {
      loads.push(key);
      const value = source.get(key);
      await gates.shift();
      return value;
    },
    nowMs: clock.nowMs,
    ttlMs: TTL_MS,
    capacity,
  });
  return { cache, clock, source, loads, gates };
}

function openGate() {
  let open: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const gate = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { gate, open, fail };
}

describe('get', () => {
  test('keeps a value until its time is up and not at it', async () => {
    const { cache, clock, source, loads } = openCache();
    source.set('k', 'old');
    expect(await cache.get('k')).toBe('old');
    source.set('k', 'new');
    clock.advance(TTL_MS - 1);
    expect(await cache.get('k')).toBe('old');
    clock.advance(1);
    expect(await cache.get('k')).toBe('new');
    expect(loads).toEqual(['k', 'k']);
  });

  test('counts the age of a value from before its load, when the store was asked', async () => {
    const { cache, clock, source, gates } = openCache();
    source.set('k', 'old');
    const { gate, open } = openGate();
    gates.push(gate);
    const first = cache.get('k');
    clock.advance(TTL_MS);
    open();
    expect(await first).toBe('old');
    source.set('k', 'new');
    expect(await cache.get('k')).toBe('new');
  });

  test('does not keep what is absent', async () => {
    const { cache, source } = openCache();
    expect(await cache.get('k')).toBeUndefined();
    source.set('k', 'v');
    expect(await cache.get('k')).toBe('v');
  });

  test('forgets a value that is gone when it is loaded again', async () => {
    const { cache, clock, source, loads } = openCache();
    source.set('k', 'v');
    await cache.get('k');
    source.delete('k');
    clock.advance(TTL_MS);
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.get('k')).toBeUndefined();
    expect(loads).toHaveLength(3);
  });

  test('shares one load among concurrent calls for a key, not among keys', async () => {
    const { cache, source, loads } = openCache();
    source.set('a', '1').set('b', '2');
    const keys = ['a', 'b', 'a', 'a'];
    expect(await Promise.all(keys.map((key) => cache.get(key)))).toEqual(['1', '2', '1', '1']);
    expect(loads).toEqual(['a', 'b']);
  });

  test('passes a failed load on to all who wait for it and loads again afterwards', async () => {
    const { cache, source, gates, loads } = openCache();
    source.set('k', 'v');
    const { gate, fail } = openGate();
    gates.push(gate);
    const waiting = Promise.allSettled([cache.get('k'), cache.get('k')]);
    const reason = new Error('the store is gone');
    fail(reason);
    expect(await waiting).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(await cache.get('k')).toBe('v');
    expect(loads).toEqual(['k', 'k']);
  });

  test('keeps no more than its capacity and drops the oldest first', async () => {
    const { cache, source, loads } = openCache(2);
    source.set('a', '1').set('b', '2').set('c', '3');
    for (const key of ['a', 'b', 'c', 'b', 'c', 'a']) await cache.get(key);
    expect(loads).toEqual(['a', 'b', 'c', 'a']);
  });

  test('does not stretch the life of a value when the clock goes back', async () => {
    const { cache, clock, source } = openCache();
    source.set('k', 'old');
    await cache.get('k');
    source.set('k', 'new');
    clock.advance(-3_600_000);
    expect(await cache.get('k')).toBe('new');
  });
});

describe('refresh', () => {
  test('loads again what was loaded before the given time', async () => {
    const { cache, clock, source } = openCache();
    source.set('k', 'old');
    await cache.get('k');
    source.set('k', 'new');
    clock.advance(1);
    expect(await cache.refresh('k', clock.nowMs())).toBe('new');
    expect(await cache.get('k')).toBe('new');
  });

  test('gives what was loaded at the given time or later without a load', async () => {
    const { cache, clock, source, loads } = openCache();
    source.set('k', 'v');
    await cache.get('k');
    expect(await cache.refresh('k', clock.nowMs())).toBe('v');
    expect(loads).toHaveLength(1);
  });

  test('loads what is not kept, and what is absent every time', async () => {
    const { cache, clock, source, loads } = openCache();
    expect(await cache.refresh('k', clock.nowMs())).toBeUndefined();
    source.set('k', 'v');
    expect(await cache.refresh('k', clock.nowMs())).toBe('v');
    expect(loads).toHaveLength(2);
  });

  test('does not join a load that began before the given time', async () => {
    const { cache, clock, source, gates } = openCache();
    source.set('k', 'old');
    const { gate, open } = openGate();
    gates.push(gate);
    const early = cache.get('k');
    source.set('k', 'new');
    clock.advance(1);
    const late = cache.refresh('k', clock.nowMs());
    expect(await late).toBe('new');
    open();
    expect(await early).toBe('old');
    expect(await cache.get('k')).toBe('new');
  });
});
