import { expect, test } from 'vitest';
import { KEY, type OpenTable, RECORD } from './table-fixture.ts';

export function describeVerbs(openTable: OpenTable): void {
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
