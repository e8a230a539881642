import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import {
  type ConnectRate,
  createLocalConnectRate,
  createSharedConnectRate,
} from '../../../../../shared/core/mqtt/connect-rate.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import { createTestClock } from '../../../../support/test-clock.ts';

const MINUTE_MS = 60_000;

const allowed = async (rate: ConnectRate, times: number, key = 'iot1') => {
  let count = 0;
  for (let time = 0; time < times; time += 1) if (await rate.allow(key)) count += 1;
  return count;
};

describe.each(['local', 'shared'])('the %s rate', (kind) => {
  const open = () => {
    const clock = createTestClock();
    const { nowMs } = clock;
    const seen = createMemoryStore({ nowMs }).table('seen');
    const options = { limitPerMinute: 5, nowMs };
    const rate =
      kind === 'local'
        ? createLocalConnectRate(options)
        : createSharedConnectRate({ ...options, seen });
    return { clock, rate };
  };

  test('allows five connects a minute, and five more in the next', async () => {
    const { clock, rate } = open();
    expect(await allowed(rate, 8)).toBe(5);
    clock.advance(MINUTE_MS);
    expect(await allowed(rate, 8)).toBe(5);
  });

  test('counts each device alone', async () => {
    const { rate } = open();
    expect(await allowed(rate, 8)).toBe(5);
    expect(await allowed(rate, 8, 'iot2')).toBe(5);
  });
});

describe('instances that share a store', () => {
  const openInstances = (count: number) => {
    const { nowMs } = createTestClock();
    const calls = { count: 0 };
    const store = interceptStore(createMemoryStore({ nowMs }), () => {
      calls.count += 1;
    });
    const options = { limitPerMinute: 5, nowMs, seen: store.table('seen') };
    return { calls, rates: Array.from({ length: count }, () => createSharedConnectRate(options)) };
  };

  test('allow five connects together, also at once', async () => {
    const { rates } = openInstances(4);
    const answers = await Promise.all(
      rates.flatMap((rate) => Array.from({ length: 5 }, () => rate.allow('iot1'))),
    );
    expect(answers.filter((answer) => answer)).toHaveLength(5);
  });

  test('refuse without the store once an instance knows that there is nothing left', async () => {
    const { calls, rates } = openInstances(1);
    const [rate] = rates;
    if (!rate) throw new Error('there is no instance');
    await allowed(rate, 6);
    calls.count = 0;
    expect(await allowed(rate, 100)).toBe(0);
    expect(calls.count).toBe(0);
  });
});
