import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import { historySort } from '../../../../../shared/core/history/history-sort.ts';
import { queryPropertyHistory } from '../../../../../shared/core/history/property-history.ts';
import type { HistoryQuery } from '../../../../../shared/core/history/read-history.ts';
import type { Store } from '../../../../../shared/ports/table.ts';

let store: Store;
let lastId: number;

beforeEach(() => {
  store = createMemoryStore({ nowMs: () => 0 });
  lastId = 0;
});

/** A row of each time, all of one property unless it is named otherwise. */
async function record(timesMs: readonly number[], identifier = 'Temp') {
  for (const timeMs of timesMs) {
    lastId += 1;
    const messageId = String(lastId);
    const key = { partition: 'iot1', sort: historySort(timeMs, messageId) };
    const row = { messageId, timeMs, values: { [identifier]: lastId } };
    await store.table('property_history').insert(key, row);
  }
}

const everything = { iotId: 'iot1', identifier: 'Temp', fromMs: 0, toMs: 9_999_999_999_999 };

function read(changed: Partial<HistoryQuery> = {}) {
  return queryPropertyHistory({ ...everything, ascending: true, pageSize: 3, ...changed }, store);
}

/** As a client does: asks again from NextTime until there is none. */
async function readAllPages(query: { ascending: boolean; pageSize: number }) {
  const pages: number[][] = [];
  let next: number | undefined = query.ascending ? 0 : everything.toMs;
  while (next !== undefined) {
    const page = await read({ ...query, [query.ascending ? 'fromMs' : 'toMs']: next });
    pages.push(page.items.map(({ timeMs }) => timeMs));
    next = page.nextTimeMs;
  }
  return pages;
}

describe('a page of history', () => {
  test('holds what lies in the stretch, both ends included, whichever comes first', async () => {
    await record([9, 10, 11, 20, 21]);
    const times = async (fromMs: number, toMs: number) =>
      (await read({ fromMs, toMs })).items.map(({ timeMs }) => timeMs);
    expect(await times(10, 20)).toEqual([10, 11, 20]);
    expect(await times(20, 10)).toEqual([10, 11, 20]);
    expect(await times(12, 19)).toEqual([]);
  });

  test('of the last items says that there is no next one', async () => {
    await record([1, 2, 3]);
    expect(await read()).not.toHaveProperty('nextTimeMs');
  });

  test('is continued at the first item that it left out', async () => {
    await record([1, 2, 3]);
    await record([4], 'Other');
    await record([5]);
    expect((await read()).nextTimeMs).toBe(5);
  });

  test('never parts items of one millisecond', async () => {
    await record([1, 1, 2, 2, 3]);
    expect(await readAllPages({ ascending: true, pageSize: 3 })).toEqual([
      [1, 1],
      [2, 2, 3],
    ]);
    expect(await readAllPages({ ascending: false, pageSize: 3 })).toEqual([
      [3, 2, 2],
      [1, 1],
    ]);
  });

  test('is longer than asked for where one millisecond has more', async () => {
    await record([1, 2, 2, 2, 2, 3]);
    expect(await readAllPages({ ascending: true, pageSize: 3 })).toEqual([[1], [2, 2, 2, 2], [3]]);
  });

  test('ends after 5,000 rows read and goes on there', async () => {
    await record(
      Array.from({ length: 5000 }, (_, at) => at + 1),
      'Other',
    );
    await record([6000, 7000]);
    const page = await read();
    expect(page).toEqual({ items: [], nextTimeMs: 6000 });
    expect((await read({ fromMs: 6000 })).items).toHaveLength(2);
  });

  test('steps over what is beyond 5,000 rows of one millisecond', async () => {
    await record(Array.from({ length: 5001 }, () => 7));
    await record([8]);
    const page = await read();
    expect(page.items).toHaveLength(5000);
    expect(page.nextTimeMs).toBe(8);
    expect((await read({ ascending: false, toMs: 7 })).nextTimeMs).toBe(6);
  });
});
