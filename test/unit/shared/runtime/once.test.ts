import { expect, test } from 'vitest';
import { once } from '../../../../shared/runtime/once.ts';

test('calls that come together open once', async () => {
  let opened = 0;
  const open = once(async () => {
    opened += 1;
    return opened;
  });
  expect(await Promise.all([open(), open()])).toEqual([1, 1]);
  expect(await open()).toBe(1);
});

test('nothing is opened before the first call', () => {
  once(() => {
    throw new Error('opened');
  });
});

test('a failed open is tried again at the next call', async () => {
  let attempts = 0;
  const open = once(() => {
    attempts += 1;
    if (attempts === 1) throw new Error('not yet');
    return attempts;
  });
  await expect(open()).rejects.toThrow('not yet');
  expect(await open()).toBe(2);
});
