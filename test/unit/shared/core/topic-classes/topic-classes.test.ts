import { beforeEach, expect, test } from 'vitest';
import {
  createTopicClass,
  listTopicClasses,
} from '../../../../../shared/core/topic-classes/topic-classes.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';

const productKey = 'a1TestProd01';
let parts: MemoryParts;

beforeEach(() => {
  parts = createMemoryParts();
});

const create = (topicShortName: string) =>
  createTopicClass({ productKey, topicShortName, operation: 'PUB', description: '' }, parts);
const namesNow = async () =>
  (await listTopicClasses(productKey, parts.store)).map(({ topicShortName }) => topicShortName);

test('one of two calls at once makes a class, the other finds it there', async () => {
  const made = await Promise.all([create('submit'), create('submit')]);
  expect(made.map(({ ok }) => ok).sort()).toEqual([false, true]);
  expect(made).toContainEqual({
    ok: false,
    failure: { kind: 'topic-class-exists', topicShortName: 'submit' },
  });
  expect(await namesNow()).toEqual(['update', 'update/error', 'get', 'submit']);
});

test('a product has never more than 50 of its own, however many are made at once', async () => {
  for (let number = 1; number <= 48; number += 1) await create(`t${number}`);
  const made = await Promise.all(['x1', 'x2', 'x3', 'x4', 'x5'].map(create));
  const isLimit = made.map((one) => !one.ok && one.failure.kind === 'topic-class-limit');
  expect(isLimit.filter(Boolean).length).toBeGreaterThanOrEqual(3);
  expect((await namesNow()).length).toBeLessThanOrEqual(3 + 50);
});

test('the fiftieth is taken and the next one refused', async () => {
  for (let number = 1; number <= 50; number += 1) {
    expect(await create(`t${number}`)).toMatchObject({ ok: true });
  }
  expect(await create('t51')).toEqual({
    ok: false,
    failure: { kind: 'topic-class-limit', most: 50 },
  });
  expect(await namesNow()).toHaveLength(53);
});
