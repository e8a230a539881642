import { expect, test } from 'vitest';
import type { SeenRecord } from '../../shared/model/tables.ts';
import type { Table } from '../../shared/ports/table.ts';
import { type OpenTable, RECORD } from './table-fixture.ts';

export function describeList(openTable: OpenTable): void {
  const sorts = ['', 'a', 'b', 'c', 'd'];
  const openFilled = async () => {
    const table = await openTable();
    await Promise.all(
      sorts.map((sort, seenAtMs) => table.insert({ partition: 'p', sort }, { seenAtMs })),
    );
    for (const partition of ['o', 'p ', 'pp', 'p\u0001']) {
      await table.insert({ partition, sort: 'a' }, RECORD);
    }
    return table;
  };

  test.each([
    { range: {}, listed: sorts },
    { range: { descending: true }, listed: sorts.toReversed() },
    { range: { from: 'b' }, listed: ['b', 'c', 'd'] },
    { range: { to: 'b' }, listed: ['', 'a', 'b'] },
    { range: { from: 'aa', to: 'cc' }, listed: ['b', 'c'] },
    { range: { from: 'a', to: 'c', descending: true }, listed: ['c', 'b', 'a'] },
    { range: { from: 'c', to: 'a' }, listed: [] },
    { range: { from: 'x' }, listed: [] },
  ])('lists a partition within $range, whole and in pages of two', async ({ range, listed }) => {
    const table = await openFilled();
    const whole = await table.list('p', { ...range, limit: 100 });
    expect(whole.records.map(({ sort }) => sort)).toEqual(listed);
    expect(whole.cursor).toBeUndefined();
    expect(await listInPages(table, { ...range, limit: 2 })).toEqual(listed);
  });

  test('lists values with the versions that read gives', async () => {
    const table = await openFilled();
    const { records } = await table.list('p', { from: 'b', limit: 1 });
    expect(records).toEqual([{ sort: 'b', ...(await table.read({ partition: 'p', sort: 'b' })) }]);
  });

  test('gives no cursor with a page that is full and the last', async () => {
    const page = await (await openFilled()).list('p', { limit: sorts.length });
    expect(page.records).toHaveLength(sorts.length);
    expect(page.cursor).toBeUndefined();
  });

  test('sorts by the bytes of UTF-8', async () => {
    const table = await openTable();
    const unordered = ['😀', '\uffff', 'é', '\u0001', '\u0004', '\u0005', 'z', '\u001f', '中'];
    for (const sort of unordered) await table.insert({ partition: 'p', sort }, RECORD);
    const { records } = await table.list('p', { limit: 100 });
    const ordered = ['\u0001', '\u0004', '\u0005', '\u001f', 'z', 'é', '中', '\uffff', '😀'];
    expect(records.map(({ sort }) => sort)).toEqual(ordered);
  });
}

async function listInPages(
  table: Table<SeenRecord>,
  range: { limit: number; descending?: boolean; cursor?: string },
): Promise<string[]> {
  const page = await table.list('p', range);
  expect(page.records.length).toBeLessThanOrEqual(range.limit);
  const sorts = page.records.map(({ sort }) => sort);
  if (page.cursor === undefined) return sorts;
  return [...sorts, ...(await listInPages(table, { ...range, cursor: page.cursor }))];
}
