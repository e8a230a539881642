import { describe, expect, test } from 'vitest';
import {
  createMessageIdSequence,
  INSTANCES,
} from '../../../../../shared/core/message-id/message-id.ts';
import { createTestClock } from '../../../../support/test-clock.ts';

const DRAWS = 1_000_000;
const LAST_INSTANCE = INSTANCES - 1;

/** Ids of a sequence have equally many digits, so that they compare as texts; growing, they are unique. */
function countNotGrown(next: () => string, draws: number, afterEach: (draw: number) => void) {
  let last = next();
  let wrong = 0;
  for (let draw = 1; draw < draws; draw += 1) {
    afterEach(draw);
    const id = next();
    if (id.length !== last.length || id <= last) wrong += 1;
    last = id;
  }
  return wrong;
}

describe('message ids', () => {
  test('grow while the clock stands still', () => {
    const { nowMs } = createTestClock();
    const next = createMessageIdSequence({ instance: LAST_INSTANCE, nowMs });
    expect(countNotGrown(next, DRAWS, () => undefined)).toBe(0);
  });

  test('grow while the clock goes back', () => {
    const clock = createTestClock();
    const next = createMessageIdSequence({ instance: 0, nowMs: clock.nowMs });
    expect(countNotGrown(next, 10_000, () => clock.advance(-1))).toBe(0);
  });

  test('grow while the clock jumps to and fro', () => {
    const clock = createTestClock();
    const next = createMessageIdSequence({ instance: 7, nowMs: clock.nowMs });
    const jump = (draw: number) => clock.advance(draw % 3 === 0 ? -250 : 100);
    expect(countNotGrown(next, 10_000, jump)).toBe(0);
  });

  test('hold the time since 2020, the instance and the place in the millisecond', () => {
    const clock = createTestClock(Date.UTC(2020, 0, 1) + 5);
    const next = createMessageIdSequence({ instance: 3, nowMs: clock.nowMs });
    expect([next(), next()].map(partsOf)).toEqual([
      { ms: 5, instance: 3, sequence: 0 },
      { ms: 5, instance: 3, sequence: 1 },
    ]);
    clock.advance(1);
    expect(partsOf(next())).toEqual({ ms: 6, instance: 3, sequence: 0 });
  });

  test('go on in the next millisecond after 64', () => {
    const { nowMs } = createTestClock(Date.UTC(2020, 0, 1) + 5);
    const next = createMessageIdSequence({ instance: 3, nowMs });
    const ids = Array.from({ length: 65 }, next).map(partsOf);
    expect(ids.slice(63)).toEqual([
      { ms: 5, instance: 3, sequence: 63 },
      { ms: 6, instance: 3, sequence: 0 },
    ]);
  });

  test('are decimals below 2^63 until 2089 and above 2^53 like those of the platform', () => {
    const last = lastIdAt(Date.UTC(2089, 0, 1));
    expect(last).toMatch(/^\d{19}$/);
    expect(BigInt(last) < 2n ** 63n).toBe(true);
    expect(BigInt(lastIdAt(Date.UTC(2026, 0, 1))) > 2n ** 53n).toBe(true);
  });
});

function lastIdAt(nowMs: number): string {
  return createMessageIdSequence({ instance: LAST_INSTANCE, nowMs: () => nowMs })();
}

function partsOf(id: string): { ms: number; instance: number; sequence: number } {
  const bits = BigInt(id);
  return {
    ms: Number(bits >> 22n),
    instance: Number((bits >> 6n) & 0xffffn),
    sequence: Number(bits & 63n),
  };
}
