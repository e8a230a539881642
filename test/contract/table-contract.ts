import { describe, expect, test } from 'vitest';
import { describeColumns } from './table-columns.ts';
import { describeExpiry } from './table-expiry.ts';
import type { OpenStore, OpenTable } from './table-fixture.ts';
import { describeKeys } from './table-keys.ts';
import { describeList } from './table-list.ts';
import { describeLoad, describeRaces } from './table-load.ts';
import { describeVerbs } from './table-verbs.ts';

/**
 * What every adapter of `ports/table.ts` does. `counters` race for one record: their work grows with
 * the square, which is much where each step is a request.
 */
export function describeTable(name: string, openStore: OpenStore, counters = 100): void {
  const openTable: OpenTable = async (nowMs = () => 0) => (await openStore(nowMs)).table('seen');

  describe(`table on ${name}`, () => {
    describeVerbs(openTable);
    describeRaces(openTable, counters);
    describeExpiry(openTable);
    describeList(openTable);
    describeKeys(openTable);
    describeColumns(openStore);
    describeLoad(openStore);

    test('keeps the tables of a store apart', async () => {
      const store = await openStore(() => 0);
      await store.table('seen').insert({ partition: 'p' }, { seenAtMs: 1 });
      expect(await store.table('product_counts').read({ partition: 'p' })).toBeUndefined();
    });
  });
}
