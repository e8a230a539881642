import { expect, test } from 'vitest';
import { KEY, type OpenTable, RECORD } from './table-fixture.ts';

export function describeExpiry(openTable: OpenTable): void {
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
