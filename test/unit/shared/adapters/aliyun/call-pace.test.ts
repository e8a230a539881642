import { expect, test } from 'vitest';
import { createPace } from '../../../../../shared/adapters/aliyun/call-pace.ts';

test('calls that are asked for at once start evenly spread, later ones at once', async () => {
  let nowMs = 1000;
  const waits: number[] = [];
  const waitMs = async (ms: number) => void waits.push(ms);
  const pace = createPace(10, { nowMs: () => nowMs, waitMs });
  await Promise.all([pace(), pace(), pace()]);
  expect(waits).toEqual([100, 200]);
  nowMs = 1250;
  await pace();
  nowMs = 5000;
  await pace();
  expect(waits).toEqual([100, 200, 50]);
});

test('without a limit nobody waits', async () => {
  const pace = createPace(undefined, {
    nowMs: () => 0,
    waitMs: () => Promise.reject(new Error('waited')),
  });
  await Promise.all([pace(), pace(), pace()]);
});
