import { describe, expect, test } from 'vitest';
import type {
  ApplicationRecord,
  CertificateRecord,
  SeenRecord,
} from '../../shared/model/tables.ts';
import type { Key, Store, Table } from '../../shared/ports/table.ts';

/** Opens an empty store for the running test and sees to it that it is closed. */
export type OpenStore = (nowMs: () => number) => Promise<Store> | Store;

/**
 * What every adapter of `ports/table.ts` does. `counters` race for one record: their work grows with
 * the square, which is much where each step is a request.
 */
export function describeTable(name: string, openStore: OpenStore, counters = 100): void {
  const openTable = async (nowMs: () => number = () => 0): Promise<Table<SeenRecord>> =>
    (await openStore(nowMs)).table('seen');

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

type OpenTable = (nowMs?: () => number) => Promise<Table<SeenRecord>>;

const KEY = { partition: 'p', sort: 's' };
const RECORD = { seenAtMs: 1 };

function describeVerbs(openTable: OpenTable): void {
  test('reads nothing where nothing was written', async () => {
    expect(await (await openTable()).read(KEY)).toBeUndefined();
  });

  test('reads what was inserted', async () => {
    const table = await openTable();
    expect(await table.insert(KEY, RECORD)).toBe(true);
    expect((await table.read(KEY))?.value).toEqual(RECORD);
  });

  test('does not insert over a record', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    expect(await table.insert(KEY, { seenAtMs: 2 })).toBe(false);
    expect((await table.read(KEY))?.value).toEqual(RECORD);
  });

  test('replaces a record on its version and gives it another one', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    const before = await table.read(KEY);
    expect(await table.replace(KEY, { seenAtMs: 2 }, before?.version ?? 0)).toBe(true);
    const after = await table.read(KEY);
    expect(after?.value).toEqual({ seenAtMs: 2 });
    expect(after?.version).not.toBe(before?.version);
  });

  test('does not replace on an older version', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    const version = (await table.read(KEY))?.version ?? 0;
    await table.replace(KEY, { seenAtMs: 2 }, version);
    expect(await table.replace(KEY, { seenAtMs: 3 }, version)).toBe(false);
    expect((await table.read(KEY))?.value).toEqual({ seenAtMs: 2 });
  });

  test('does not replace what is absent', async () => {
    const table = await openTable();
    expect(await table.replace(KEY, RECORD, 1)).toBe(false);
    expect(await table.read(KEY)).toBeUndefined();
  });

  test('removes a record once', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    expect(await table.remove(KEY)).toBe(true);
    expect(await table.read(KEY)).toBeUndefined();
    expect(await table.remove(KEY)).toBe(false);
  });

  test('removes on a version only that version', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    const version = (await table.read(KEY))?.version ?? 0;
    expect(await table.remove(KEY, version + 1)).toBe(false);
    expect((await table.read(KEY))?.value).toEqual(RECORD);
    expect(await table.remove(KEY, version)).toBe(true);
  });

  test('gives a record that was removed and inserted again a version of its own', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    const version = (await table.read(KEY))?.version ?? 0;
    await table.remove(KEY);
    await table.insert(KEY, RECORD);
    expect((await table.read(KEY))?.version).not.toBe(version);
    expect(await table.replace(KEY, { seenAtMs: 2 }, version)).toBe(false);
  });

  test('keeps a copy of what it was given and hands out copies', async () => {
    const table = await openTable();
    const given = { seenAtMs: 1 };
    await table.insert(KEY, given);
    given.seenAtMs = 2;
    const read = await table.read(KEY);
    if (read !== undefined) read.value.seenAtMs = 3;
    expect((await table.read(KEY))?.value).toEqual({ seenAtMs: 1 });
  });
}

function describeRaces(openTable: OpenTable, counters: number): void {
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

  test(`loses no increment of ${counters} concurrent read-and-replace loops`, async () => {
    const table = await openTable();
    await table.insert(KEY, { seenAtMs: 0 });
    await Promise.all(Array.from({ length: counters }, () => increment(table)));
    expect((await table.read(KEY))?.value).toEqual({ seenAtMs: counters });
  });
}

async function increment(table: Table<SeenRecord>): Promise<void> {
  for (;;) {
    const held = await table.read(KEY);
    if (held === undefined) throw new Error('the counter is gone');
    if (await table.replace(KEY, { seenAtMs: held.value.seenAtMs + 1 }, held.version)) return;
  }
}

function describeExpiry(openTable: OpenTable): void {
  const openExpired = async () => {
    let nowMs = 0;
    const table = await openTable(() => nowMs);
    await table.insert(KEY, RECORD, { expiresAtMs: 1_000 });
    const version = (await table.read(KEY))?.version ?? 0;
    nowMs = 1_000;
    return { table, version };
  };

  test('keeps a record until the millisecond before its expiry', async () => {
    let nowMs = 0;
    const table = await openTable(() => nowMs);
    await table.insert(KEY, RECORD, { expiresAtMs: 1_000 });
    nowMs = 999;
    expect((await table.read(KEY))?.value).toEqual(RECORD);
    expect(await table.insert(KEY, RECORD)).toBe(false);
  });

  test('does not read an expired record', async () => {
    expect(await (await openExpired()).table.read(KEY)).toBeUndefined();
  });

  test('does not list an expired record', async () => {
    const { table } = await openExpired();
    await table.insert({ ...KEY, sort: 't' }, RECORD);
    const page = await table.list('p', { limit: 1 });
    expect(page.records.map(({ sort }) => sort)).toEqual(['t']);
    expect(page.cursor).toBeUndefined();
  });

  test('does not replace an expired record', async () => {
    const { table, version } = await openExpired();
    expect(await table.replace(KEY, RECORD, version)).toBe(false);
  });

  test.each([true, false])(
    'does not remove an expired record (version given: %s)',
    async (given) => {
      const { table, version } = await openExpired();
      expect(await (given ? table.remove(KEY, version) : table.remove(KEY))).toBe(false);
    },
  );

  test('inserts over an expired record', async () => {
    const { table } = await openExpired();
    expect(await table.insert(KEY, { seenAtMs: 2 })).toBe(true);
    expect((await table.read(KEY))?.value).toEqual({ seenAtMs: 2 });
  });

  test('drops the expiry with a replacement that has none', async () => {
    let nowMs = 0;
    const table = await openTable(() => nowMs);
    await table.insert(KEY, RECORD, { expiresAtMs: 1_000 });
    await table.replace(KEY, RECORD, (await table.read(KEY))?.version ?? 0);
    nowMs = 2_000;
    expect((await table.read(KEY))?.value).toEqual(RECORD);
  });
}

function describeList(openTable: OpenTable): void {
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

function describeKeys(openTable: OpenTable): void {
  const longest = 'x'.repeat(512);

  test.each([
    { what: 'no sort key', accepted: { partition: 'p' } },
    { what: 'an empty partition', accepted: { partition: '', sort: 's' } },
    { what: 'control characters', accepted: { partition: '\u0001', sort: '\u0004\u001b' } },
    {
      what: 'other scripts',
      accepted: { partition: '产品'.repeat(40), sort: '设备😀'.repeat(40) },
    },
    { what: 'the longest parts', accepted: { partition: longest, sort: longest } },
    {
      what: 'the longest parts of other scripts',
      accepted: { partition: '中'.repeat(170), sort: '中'.repeat(170) },
    },
  ])('takes keys with $what', async ({ accepted }) => {
    const table = await openTable();
    expect(await table.insert(accepted, RECORD)).toBe(true);
    expect((await table.read(accepted))?.value).toEqual(RECORD);
    const { records } = await table.list(accepted.partition, { limit: 10 });
    expect(records.map(({ sort }) => sort)).toEqual([accepted.sort ?? '']);
  });

  test('reads an absent sort key and an empty one as the same', async () => {
    const table = await openTable();
    await table.insert({ partition: 'p' }, RECORD);
    expect((await table.read({ partition: 'p', sort: '' }))?.value).toEqual(RECORD);
  });

  const tooLong = 'a part of a key must not be longer than 512 bytes';
  test.each([
    { refused: { partition: `${longest}x` }, message: tooLong },
    { refused: { partition: 'p', sort: '中'.repeat(171) }, message: tooLong },
    { refused: { partition: 'p\u0000q' }, message: 'a key must not contain U+0000' },
    { refused: { partition: 'p', sort: '\u0000' }, message: 'a key must not contain U+0000' },
  ])('rejects a key that the port does not allow ($message)', async ({ refused, message }) => {
    const table = await openTable();
    await expect(table.insert(refused, RECORD)).rejects.toThrow(new RangeError(message));
    await expect(table.read(refused)).rejects.toThrow(new RangeError(message));
  });
}

/** Stores that have columns keep this table in another layout. */
function describeColumns(openStore: OpenStore): void {
  const key = { partition: 'SN-设备-1' };
  const known: CertificateRecord = {
    registerTime: null,
    activateTime: null,
    productKey: 'a1TestProd01',
    deviceName: null,
    deviceSecret: null,
    iotId: null,
  };
  const registered: CertificateRecord = {
    registerTime: 1_700_000_000_000,
    activateTime: 1_700_000_000_001,
    productKey: 'a1TestProd01',
    deviceName: 'tank-1',
    deviceSecret: 'AQ…',
    iotId: '',
  };

  test('keeps every column of device_table, the absent ones as null', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    expect(await table.insert(key, known)).toBe(true);
    expect(await table.insert(key, registered)).toBe(false);
    expect((await table.read(key))?.value).toEqual(known);
    expect(await table.replace(key, registered, (await table.read(key))?.version ?? 0)).toBe(true);
    expect((await table.read(key))?.value).toEqual(registered);
  });

  test('replaces and removes in device_table on its version alone', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    await table.insert(key, registered);
    const first = (await table.read(key))?.version ?? 0;
    expect(await table.replace(key, known, first)).toBe(true);
    expect((await table.read(key))?.value).toEqual(known);
    expect(await table.replace(key, registered, first)).toBe(false);
    expect(await table.remove(key, first)).toBe(false);
    expect(await table.remove(key, (await table.read(key))?.version)).toBe(true);
    expect(await table.read(key)).toBeUndefined();
  });

  test('lists the one record of a partition of device_table', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    await table.insert(key, known);
    const { records, cursor } = await table.list(key.partition, { limit: 10 });
    expect(records).toEqual([{ sort: '', ...(await table.read(key)) }]);
    expect(cursor).toBeUndefined();
    expect(await table.list('SN-2', { limit: 10 })).toEqual({ records: [] });
  });
}

function describeLoad(openStore: OpenStore): void {
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
