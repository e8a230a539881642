import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import {
  type AddressRate,
  createAddressRate,
} from '../../../../../shared/core/rate/address-rate.ts';
import type { Store } from '../../../../../shared/ports/table.ts';
import { createTestClock, type TestClock } from '../../../../support/test-clock.ts';

const ADDRESS = '192.0.2.1';

let clock: TestClock;
let store: Store;
let calls: number;

beforeEach(() => {
  clock = createTestClock(1_700_000_040_000);
  store = createMemoryStore({ nowMs: clock.nowMs });
  calls = 0;
});

/** The same ones on every run. */
function randomInteger(below: number): number {
  calls += 1;
  return createHash('sha256').update(`${calls}`).digest().readUInt32BE(0) % below;
}

function instance(limitPerMinute: number): AddressRate {
  const table = store.table('seen');
  const seen = {
    ...table,
    insert: (...written: Parameters<typeof table.insert>) => {
      inserts += 1;
      return table.insert(...written);
    },
  };
  return createAddressRate({ seen, nowMs: clock.nowMs, limitPerMinute, randomInteger });
}

let inserts = 0;

async function allowed(rates: readonly AddressRate[], requests: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, index) => rates[index % rates.length]?.allow(ADDRESS)),
  );
  return answers.filter(Boolean).length;
}

describe('the rate of an address', () => {
  test('lets 200 at once pass under a limit of 600', async () => {
    expect(await allowed([instance(600)], 200)).toBe(200);
  });

  test.each([1, 5, 100])('of up to 128 a minute is exact: %i', async (limit) => {
    expect(await allowed([instance(limit)], limit)).toBe(limit);
    expect(await instance(limit).allow(ADDRESS)).toBe(false);
  });

  test('is never more than its limit, and about as much, whoever counts', async () => {
    const instances = [instance(600), instance(600), instance(600)];
    const passed = await allowed(instances, 2000);
    expect(passed).toBeLessThanOrEqual(600);
    expect(passed).toBeGreaterThan(500);
  });

  test('is that of one address, and of one minute', async () => {
    const rate = instance(1);
    expect(await rate.allow(ADDRESS)).toBe(true);
    expect(await rate.allow('2001:db8::1')).toBe(true);
    expect(await rate.allow(ADDRESS)).toBe(false);
    clock.advance(60_000);
    expect(await rate.allow(ADDRESS)).toBe(true);
  });

  test('costs nothing more once it is used up', async () => {
    const rate = instance(2);
    await allowed([rate], 3);
    inserts = 0;
    expect(await allowed([rate], 1000)).toBe(0);
    expect(inserts).toBe(0);
  });

  test('is that of a network of IPv6, where one device has as many addresses as it likes', async () => {
    const rate = instance(1);
    expect(await rate.allow('2001:db8:0:1::1')).toBe(true);
    for (const same of ['2001:db8::1:0:0:0:2', '2001:0DB8:0:1:ffff::', '2001:db8:0:1::1%eth0']) {
      expect(await rate.allow(same)).toBe(false);
    }
    expect(await rate.allow('2001:db8:0:2::1')).toBe(true);
    expect(await rate.allow('2001:db8::')).toBe(true);
  });

  test('is that of a single address of IPv4, written as IPv6 or not', async () => {
    const rate = instance(1);
    expect(await rate.allow('::ffff:192.0.2.1')).toBe(true);
    expect(await rate.allow('192.0.2.1')).toBe(false);
    expect(await rate.allow('::ffff:192.0.2.2')).toBe(true);
  });

  test('takes an address of any length and any characters', async () => {
    const rate = instance(1);
    const strange = `${'f'.repeat(5000)}\u0000`;
    expect(await rate.allow(strange)).toBe(true);
    expect(await rate.allow(strange)).toBe(false);
    expect(await rate.allow('')).toBe(true);
  });
});
