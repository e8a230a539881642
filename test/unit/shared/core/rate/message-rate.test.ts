import { describe, expect, test } from 'vitest';
import {
  createMessageRate,
  MESSAGES_PER_SECOND,
} from '../../../../../shared/core/rate/message-rate.ts';
import { createTestClock } from '../../../../support/test-clock.ts';

function openRate(limitPerSecond = MESSAGES_PER_SECOND) {
  const clock = createTestClock();
  return { clock, rate: createMessageRate({ limitPerSecond, nowMs: clock.nowMs }) };
}

const take = (count: number, draw: () => boolean) => Array.from({ length: count }, draw);
const passed = (draws: boolean[]) => draws.filter(Boolean).length;

describe('the message rate', () => {
  test('is 30 messages a second: the 31st does not pass', () => {
    const { rate } = openRate();
    expect(MESSAGES_PER_SECOND).toBe(30);
    expect(take(31, () => rate.allow('a'))).toEqual([...Array(30).fill(true), false]);
  });

  test('begins anew a second after the first message', () => {
    const { clock, rate } = openRate();
    take(31, () => rate.allow('a'));
    clock.advance(999);
    expect(rate.allow('a')).toBe(false);
    clock.advance(1);
    expect(take(31, () => rate.allow('a'))).toEqual([...Array(30).fill(true), false]);
  });

  test('counts each device for itself', () => {
    const { rate } = openRate();
    take(31, () => rate.allow('a'));
    expect(rate.allow('b')).toBe(true);
  });

  test('holds wherever in a second of others a device begins', () => {
    for (let offsetMs = 0; offsetMs < 2000; offsetMs += 50) {
      const { clock, rate } = openRate();
      rate.allow('other');
      clock.advance(offsetMs);
      const draws = take(50, () => {
        clock.advance(19);
        rate.allow('other');
        return rate.allow('a');
      });
      expect(passed(draws), `begun after ${offsetMs} ms`).toBe(30);
    }
  });

  test('lets a device pass that sends 30 a second for good', () => {
    const { clock, rate } = openRate();
    const draws = take(3000, () => {
      clock.advance(34);
      return rate.allow('a');
    });
    expect(passed(draws)).toBe(3000);
  });

  test('holds for each of 200,000 devices that come and go over ten seconds', () => {
    const { clock, rate } = openRate(1);
    let wrong = 0;
    for (let second = 0; second < 10; second += 1) {
      for (let device = 0; device < 20_000; device += 1) {
        if (!rate.allow(`${second}/${device}`)) wrong += 1;
      }
      if (rate.allow(`${second}/0`)) wrong += 1;
      clock.advance(1000);
    }
    expect(wrong).toBe(0);
  });

  test('does not shut a device out when the clock goes back', () => {
    const { clock, rate } = openRate();
    take(31, () => rate.allow('a'));
    clock.advance(-3_600_000);
    expect(take(31, () => rate.allow('a'))).toEqual([...Array(30).fill(true), false]);
  });
});
