import { describe, expect, test } from 'vitest';
import { createMessageIdSource } from '../../../../../shared/core/message-id/message-id-source.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';

const MINUTE_MS = 60_000;

/** Draws these instance numbers, one after the other. */
function openSource({ store, nowMs }: MemoryParts, instances: number[]) {
  const draws = [...instances];
  const randomInteger = () => {
    const drawn = draws.shift();
    if (drawn === undefined) throw new Error('no instance number is left to draw');
    return drawn;
  };
  return createMessageIdSource({ seen: store.table('seen'), nowMs, randomInteger });
}

function instanceOf(id: string): number {
  return Number((BigInt(id) >> 6n) & 0xffffn);
}

describe('a source of message ids', () => {
  test('leases the instance that it drew with its first id and keeps it', async () => {
    const next = openSource(createMemoryParts(), [7]);
    const ids = [await next(), await next(), await next()];
    expect(ids.map(instanceOf)).toEqual([7, 7, 7]);
    expect(new Set(ids).size).toBe(3);
  });

  test('draws again where another source has the instance', async () => {
    const parts = createMemoryParts();
    expect(instanceOf(await openSource(parts, [7])())).toBe(7);
    expect(instanceOf(await openSource(parts, [7, 7, 9])())).toBe(9);
  });

  test('leases once for all that ask at the same time', async () => {
    const next = openSource(createMemoryParts(), [7]);
    const ids = await Promise.all(Array.from({ length: 200 }, () => next()));
    expect(new Set(ids).size).toBe(200);
    expect(new Set(ids.map(instanceOf))).toEqual(new Set([7]));
  });

  test('never draws the id of another source, though the clock stands still', async () => {
    const parts = createMemoryParts();
    const sources = [openSource(parts, [7]), openSource(parts, [7, 8]), openSource(parts, [9])];
    const ids = new Set<string>();
    for (let draw = 0; draw < 10_000; draw += 1) {
      for (const next of sources) ids.add(await next());
    }
    expect(ids.size).toBe(30_000);
  });

  test('changes to another instance after 50 minutes, while nobody else may take the old one', async () => {
    const parts = createMemoryParts();
    const next = openSource(parts, [7, 7, 8]);
    await next();
    parts.clock.advance(50 * MINUTE_MS - 1);
    expect(instanceOf(await next())).toBe(7);
    parts.clock.advance(1);
    expect(instanceOf(await next())).toBe(8);
  });

  test('grows across a change of the instance', async () => {
    const parts = createMemoryParts();
    const next = openSource(parts, [9, 3]);
    const before = await next();
    parts.clock.advance(50 * MINUTE_MS);
    expect(BigInt(await next()) > BigInt(before)).toBe(true);
  });

  test('leaves an instance to others an hour after it was leased', async () => {
    const parts = createMemoryParts();
    await openSource(parts, [7])();
    parts.clock.advance(60 * MINUTE_MS - 1);
    expect(instanceOf(await openSource(parts, [7, 8])())).toBe(8);
    parts.clock.advance(1);
    expect(instanceOf(await openSource(parts, [7])())).toBe(7);
  });

  test('tries again with the next message where the lease failed', async () => {
    const { store, nowMs } = createMemoryParts();
    let isBroken = true;
    const randomInteger = () => {
      if (isBroken) throw new Error('no randomness');
      return 7;
    };
    const next = createMessageIdSource({ seen: store.table('seen'), nowMs, randomInteger });
    await expect(next()).rejects.toThrow('no randomness');
    isBroken = false;
    expect(instanceOf(await next())).toBe(7);
  });
});
