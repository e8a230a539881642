import { describe, expect, test } from 'vitest';
import { createReconnectSchedule } from '../../../../../shared/adapters/amqp/reconnect-schedule.ts';

const LOST = { isRefused: false };

describe('reconnecting', () => {
  test('doubles its waits up to a minute', () => {
    const schedule = createReconnectSchedule(() => 0);
    const delays = Array.from({ length: 8 }, () => schedule.nextDelayMs(LOST, 0));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('takes off up to a half at random', () => {
    expect(createReconnectSchedule(() => 1).nextDelayMs(LOST, 0)).toBe(500);
    expect(createReconnectSchedule(() => 0.5).nextDelayMs(LOST, 0)).toBe(750);
  });

  test('begins anew behind a connection of half a minute, and not behind one that was lost at once', () => {
    const schedule = createReconnectSchedule(() => 0);
    for (let count = 0; count < 4; count += 1) schedule.nextDelayMs(LOST, 0);
    expect(schedule.nextDelayMs(LOST, 29_999)).toBe(16_000);
    expect(schedule.nextDelayMs(LOST, 30_000)).toBe(1000);
  });

  test('leaves who refused us alone for 10 s, and longer each time', () => {
    const schedule = createReconnectSchedule(() => 0);
    const delays = Array.from({ length: 5 }, () => schedule.nextDelayMs({ isRefused: true }, 0));
    expect(delays).toEqual([10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(schedule.nextDelayMs(LOST, 0)).toBe(1000);
  });

  test('makes far fewer than 100 attempts a minute, whatever happens', () => {
    const schedule = createReconnectSchedule(() => 1);
    let atMs = 0;
    let attempts = 0;
    while (atMs < 60_000) {
      atMs += schedule.nextDelayMs(LOST, 0);
      attempts += 1;
    }
    expect(attempts).toBeLessThan(10);
  });
});
