import { expect, test } from 'vitest';
import { randomAlphanumeric, randomHex } from '../../../../../shared/core/random/random-text.ts';
import { createSeededBytes } from '../../../../support/memory-parts.ts';

test('alphanumeric text has the length asked for, of letters and digits', () => {
  const randomBytes = createSeededBytes('lengths');
  for (const length of [0, 1, 9, 32, 64]) {
    const text = randomAlphanumeric(length, randomBytes);
    expect(text).toMatch(/^[A-Za-z0-9]*$/);
    expect(text).toHaveLength(length);
  }
});

test('alphanumeric text does not use the bytes that would favour some letters', () => {
  // 248 is the first byte past four whole alphabets of 62.
  const draws = [Uint8Array.of(248, 255, 0, 61), Uint8Array.of(247, 1, 2, 3)];
  expect(randomAlphanumeric(4, () => draws.shift() ?? new Uint8Array())).toBe('A99B');
});

test('each of the 62 characters comes about equally often', () => {
  const text = randomAlphanumeric(62_000, createSeededBytes('spread'));
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 1000 expected, deviation about 31: six deviations either way.
  expect(Math.min(...counts.values())).toBeGreaterThan(810);
  expect(Math.max(...counts.values())).toBeLessThan(1190);
});

test('hex text has two digits a byte', () => {
  expect(randomHex(4, () => Uint8Array.of(0, 15, 16, 255))).toBe('000f10ff');
});
