import { describe, expect, test } from 'vitest';
import { updateRecord, upsertRecord } from '../../../../../shared/core/records/update-record.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';

const key = { partition: 'a1TestProd01' };
const openTable = () => createMemoryParts().store.table('product_counts');
const addOne = (count: { devices: number } | undefined) => ({ devices: (count?.devices ?? 0) + 1 });

describe('updateRecord', () => {
  test('changes a record and gives the new one', async () => {
    const table = openTable();
    await table.insert(key, { devices: 1 });
    expect(await updateRecord(table, key, addOne)).toEqual({ devices: 2 });
    expect((await table.read(key))?.value).toEqual({ devices: 2 });
  });

  test('gives undefined, and makes nothing, where there is no record', async () => {
    const table = openTable();
    expect(await updateRecord(table, key, addOne)).toBeUndefined();
    expect(await table.read(key)).toBeUndefined();
  });

  test('loses none of 50 concurrent changes', async () => {
    const table = openTable();
    await table.insert(key, { devices: 0 });
    await Promise.all(Array.from({ length: 50 }, () => updateRecord(table, key, addOne)));
    expect((await table.read(key))?.value).toEqual({ devices: 50 });
  });

  test('writes nothing where the change gives the value itself', async () => {
    const table = openTable();
    await table.insert(key, { devices: 1 });
    const before = await table.read(key);
    expect(await updateRecord(table, key, (count) => count)).toEqual({ devices: 1 });
    expect((await table.read(key))?.version).toBe(before?.version);
  });

  test('gives undefined where the record goes between its read and its write', async () => {
    const table = openTable();
    await table.insert(key, { devices: 1 });
    const removals: Promise<boolean>[] = [];
    const updated = await updateRecord(table, key, (count) => {
      removals.push(table.remove(key));
      return addOne(count);
    });
    await Promise.all(removals);
    expect(updated).toBeUndefined();
    expect(await table.read(key)).toBeUndefined();
  });
});

describe('upsertRecord', () => {
  test('makes the record where there is none', async () => {
    const table = openTable();
    expect(await upsertRecord(table, key, addOne)).toEqual({ devices: 1 });
    expect((await table.read(key))?.value).toEqual({ devices: 1 });
  });

  test('loses none of 50 concurrent changes, the first of which makes the record', async () => {
    const table = openTable();
    await Promise.all(Array.from({ length: 50 }, () => upsertRecord(table, key, addOne)));
    expect((await table.read(key))?.value).toEqual({ devices: 50 });
  });
});
