import { expect, test } from 'vitest';
import { callsPerSecondOf } from '../../../../../shared/adapters/aliyun/call-limits.ts';
import { createPopClient } from '../../../../../shared/adapters/aliyun/pop-client.ts';

test('a move makes half of the calls that the platform allows', () => {
  expect(callsPerSecondOf('QueryDevice')).toBe(25);
  expect(callsPerSecondOf('BatchQueryDeviceDetail')).toBe(2.5);
  expect(callsPerSecondOf('QueryThingModel')).toBe(5);
});

test('one action does not wait for another one', async () => {
  const waits: number[] = [];
  const client = createPopClient({
    endpoint: 'http://127.0.0.1:9',
    credentials: () => Promise.reject(new Error('none')),
    nowMs: () => 0,
    waitMs: async (ms) => void waits.push(ms),
    randomFraction: () => 0,
    callsPerSecond: callsPerSecondOf,
  });
  const calls = ['QueryDevice', 'QueryProduct', 'QueryDevice', 'QueryProduct', 'QueryDevice'];
  await Promise.allSettled(calls.map((action) => client.call(action, {})));
  expect(waits).toEqual([40, 40, 80]);
});
