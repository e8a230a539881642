import { expect, test } from 'vitest';
import type { ApplicationRecord, SeenRecord } from '../../shared/model/tables.ts';
import type { Key, Table } from '../../shared/ports/table.ts';
import { KEY, type OpenStore, type OpenTable, RECORD } from './table-fixture.ts';

/** Writers of one row in a store that is a service wait for one another. */
const RACE_TIMEOUT_MS = 60_000;

export function describeRaces(openTable: OpenTable, counters: number): void {
  test('lets one of 100 concurrent inserts of a key win', async () => {
    const table = await openTable();
    const inserts = Array.from({ length: 100 }, (_, index) =>
      table.insert(KEY, { seenAtMs: index }),
    );
    expect((await Promise.all(inserts)).filter(Boolean)).toHaveLength(1);
  });

  test('lets one of 100 concurrent inserts over an expired record win', async () => {
    let nowMs = 0;
    const table = await openTable(() => nowMs);
    await table.insert(KEY, RECORD, { expiresAtMs: 10 });
    nowMs = 10;
    const inserts = Array.from({ length: 100 }, (_, index) =>
      table.insert(KEY, { seenAtMs: index }),
    );
    expect((await Promise.all(inserts)).filter(Boolean)).toHaveLength(1);
  });

  test('lets one of 100 concurrent removals win', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    const removals = await Promise.all(Array.from({ length: 100 }, () => table.remove(KEY)));
    expect(removals.filter(Boolean)).toHaveLength(1);
  });

  test(
    `loses no increment of ${counters} concurrent read-and-replace loops`,
    async () => {
      const table = await openTable();
      await table.insert(KEY, { seenAtMs: 0 });
      await Promise.all(Array.from({ length: counters }, () => addOne(table, KEY)));
      expect((await table.read(KEY))?.value).toEqual({ seenAtMs: counters });
    },
    RACE_TIMEOUT_MS,
  );
}

export function describeLoad(openStore: OpenStore): void {
  test('keeps records of 300 kB and lists them together', async () => {
    const table = (await openStore(() => 0)).table('applications');
    const record = (nickname: string): ApplicationRecord => ({
      productKey: 'a1TestProd01',
      status: 'checked',
      devices: [{ deviceName: 'tank-1', nickname, iotId: 'iot1' }],
      invalidDeviceNames: [],
      createdAtMs: 0,
    });
    const letters = ['a', 'b', 'c', 'd', 'e'];
    for (const sort of letters) {
      await table.insert({ partition: 'p', sort }, record(sort.repeat(300_000)));
    }
    const { records, cursor } = await table.list('p', { limit: letters.length });
    expect(records.map(({ sort }) => sort)).toEqual(letters);
    expect(records.at(-1)?.value).toEqual(record('e'.repeat(300_000)));
    expect(cursor).toBeUndefined();
  });

  test('takes 1000 upserts at once, of which two are for each key', async () => {
    const table = (await openStore(() => 0)).table('seen');
    const keys = Array.from({ length: 500 }, (_, index) => ({ partition: 'p', sort: `s${index}` }));
    await Promise.all([...keys, ...keys].map((key) => addOne(table, key)));
    const sum = (await listAll(table)).reduce((total, { seenAtMs }) => total + seenAtMs, 0);
    expect(sum).toBe(1_000);
  });

  test('comes to the end of a partition where most records have expired', async () => {
    let nowMs = 0;
    const table = (await openStore(() => nowMs)).table('seen');
    const inserts = Array.from({ length: 400 }, (_, index) => {
      const key = { partition: 'p', sort: String(index).padStart(3, '0') };
      return table.insert(key, { seenAtMs: index }, index === 399 ? {} : { expiresAtMs: 1 });
    });
    await Promise.all(inserts);
    nowMs = 1;
    const page = await table.list('p', { limit: 1 });
    expect(page.records.map(({ sort }) => sort)).toEqual(['399']);
    expect(page.cursor).toBeUndefined();
  });
}

async function addOne(table: Table<SeenRecord>, key: Key): Promise<void> {
  for (;;) {
    const held = await table.read(key);
    const done = held
      ? await table.replace(key, { seenAtMs: held.value.seenAtMs + 1 }, held.version)
      : await table.insert(key, { seenAtMs: 1 });
    if (done) return;
  }
}

async function listAll(table: Table<SeenRecord>): Promise<SeenRecord[]> {
  const all: SeenRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await table.list('p', { limit: 100, ...(cursor !== undefined && { cursor }) });
    all.push(...page.records.map(({ value }) => value));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
