import { expect, test } from 'vitest';
import { walkInGroups, walkPartition } from '../../../../../shared/core/records/walk-partition.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';

for (const records of [0, 1, 500, 501, 1203]) {
  test(`a walk meets ${records} records once each, in order of their sort key`, async () => {
    const table = createMemoryParts().store.table('seen');
    await table.insert({ partition: 'other', sort: 'x' }, { seenAtMs: 0 });
    for (let number = records - 1; number >= 0; number -= 1) {
      await table.insert({ partition: 'p', sort: digits(number) }, { seenAtMs: number });
    }
    const met: number[] = [];
    for await (const { value } of walkPartition(table, 'p')) met.push(value.seenAtMs);
    expect(met).toEqual(Array.from({ length: records }, (_, number) => number));
  });
}

test('a walk in groups meets every record once, the last group as small as it is', async () => {
  const table = createMemoryParts().store.table('seen');
  const sorts = ['a', 'b', 'c', 'd', 'e'];
  for (const sort of sorts) await table.insert({ partition: 'p', sort }, { seenAtMs: 0 });
  const groupsOf = async (size: number) => {
    const met: string[] = [];
    for await (const group of walkInGroups(table, 'p', size)) {
      met.push(group.map(({ sort }) => sort).join(''));
    }
    return met;
  };
  expect(await groupsOf(2)).toEqual(['ab', 'cd', 'e']);
  expect(await groupsOf(5)).toEqual(['abcde']);
});

function digits(number: number): string {
  return String(number).padStart(4, '0');
}
