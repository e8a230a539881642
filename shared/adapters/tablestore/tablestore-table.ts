import { randomInt } from 'node:crypto';
import type { Entry, Key, Page, Range, Table, Version, Versioned } from '../../ports/table.ts';
import type { Outcome, TablestoreClient } from './tablestore-client.ts';
import { hasVersion, isAbsent, isLive, isUnexpired } from './tablestore-conditions.ts';
import { boundsOf, isWithin } from './tablestore-list.ts';
import { type RowLayout, readRow, type StoredRow, writeRow } from './tablestore-rows.ts';
import type { RowCondition, TablestoreSdk } from './tablestore-sdk.ts';

export type TablestoreTableParts = {
  client: TablestoreClient;
  /** As the service knows it, with its prefix. */
  tableName: string;
  layout: RowLayout;
  nowMs(): number;
};

/** Read from rows whose layout is the caller's word for what T is. */
export function createTablestoreTable<T extends object>(parts: TablestoreTableParts): Table<T> {
  const { nowMs } = parts;
  return {
    async read(key) {
      const row = await getRow(parts, key);
      return row && row.expiresAtMs > nowMs() ? versioned<T>(row) : undefined;
    },
    insert: (key, value, options) => insertRow(parts, key, newRow(value, options)),
    async replace(key, value, version, options) {
      const sdk = await parts.client.sdk();
      const row = newRow(value, options);
      return overwriteRow(parts, { key, row, condition: isLive(sdk, nowMs(), version) });
    },
    async remove(key, version) {
      const sdk = await parts.client.sdk();
      const { client, tableName, layout } = parts;
      const primaryKey = layout.primaryKey(key);
      const condition = isLive(sdk, nowMs(), version);
      const outcome = await client.write('deleteRow', { tableName, primaryKey, condition });
      // A removal leaves no trace: of a row that is gone, the first attempt is the likeliest remover.
      if (outcome === 'unclear') return (await getRow(parts, key)) === undefined;
      return outcome === 'written';
    },
    list: (partition, range) =>
      parts.layout.isShared
        ? listOnly<T>(parts, partition, range)
        : listPartition<T>(parts, partition, range),
  };
}

type NewRow = { value: object; version: Version; expiresAtMs: number | undefined };
type RowWrite = { key: Key; row: NewRow; condition: RowCondition };

/** Random, not counted: a row that was removed and made again never has an old version. Above 0. */
const VERSIONS = 2 ** 48 - 1;

function newRow(value: object, options: { expiresAtMs?: number } = {}): NewRow {
  return { value, version: 1 + randomInt(VERSIONS), expiresAtMs: options.expiresAtMs };
}

async function getRow(
  { client, tableName, layout }: TablestoreTableParts,
  key: Key,
): Promise<StoredRow | undefined> {
  const primaryKey = layout.primaryKey(key);
  const { row } = await client.request('getRow', { tableName, primaryKey });
  return readRow(layout, row);
}

/** An expired row is replaced on its version, so that one of several inserts wins. */
async function insertRow(parts: TablestoreTableParts, key: Key, row: NewRow): Promise<boolean> {
  const sdk = await parts.client.sdk();
  for (;;) {
    if (await putRow(parts, { key, row, condition: isAbsent(sdk) })) return true;
    const standing = await getRow(parts, key);
    if (standing === undefined) continue;
    if (standing.expiresAtMs > parts.nowMs()) return false;
    const condition = hasVersion(sdk, standing.version);
    if (await putRow(parts, { key, row, condition })) return true;
  }
}

async function putRow(parts: TablestoreTableParts, write: RowWrite): Promise<boolean> {
  const { client, tableName, layout } = parts;
  const { key, row, condition } = write;
  const { present } = writeRow(await client.sdk(), layout, row);
  const primaryKey = layout.primaryKey(key);
  const request = { tableName, primaryKey, condition, attributeColumns: present };
  return settle(parts, write, await client.write('putRow', request));
}

/** A put drops every column that it does not write: not where others have columns of theirs. */
async function overwriteRow(parts: TablestoreTableParts, write: RowWrite): Promise<boolean> {
  const { client, tableName, layout } = parts;
  if (!layout.isShared) return putRow(parts, write);
  const { key, row, condition } = write;
  const { present, absent } = writeRow(await client.sdk(), layout, row);
  const primaryKey = layout.primaryKey(key);
  const outcome = await client.write('updateRow', {
    tableName,
    primaryKey,
    condition,
    updateOfAttributeColumns: [{ PUT: present }, { DELETE_ALL: absent }],
  });
  return settle(parts, write, outcome);
}

/** An unclear write was ours if its version stands, unless another write has followed already. */
async function settle(
  parts: TablestoreTableParts,
  { key, row }: RowWrite,
  outcome: Outcome,
): Promise<boolean> {
  if (outcome !== 'unclear') return outcome === 'written';
  return (await getRow(parts, key))?.version === row.version;
}

function versioned<T>({ value, version }: StoredRow): Versioned<T> {
  return { value: value as T, version };
}

async function listPartition<T>(
  parts: TablestoreTableParts,
  partition: string,
  range: Range,
): Promise<Page<T>> {
  const sdk = await parts.client.sdk();
  const records: Entry<T>[] = [];
  for await (const row of walkRange(parts, { sdk, partition, range })) {
    if (!isWithin(row.sort, range)) continue;
    const last = records.at(-1);
    if (last !== undefined && records.length === range.limit) return { records, cursor: last.sort };
    records.push({ sort: row.sort, ...versioned<T>(row) });
  }
  return { records };
}

type Walk = { sdk: TablestoreSdk; partition: string; range: Range };

/** Goes on where the service stops of itself: at 5,000 rows or 4 MB, live or expired. */
async function* walkRange(
  { client, tableName, layout, nowMs }: TablestoreTableParts,
  { sdk, partition, range }: Walk,
): AsyncGenerator<StoredRow> {
  let bounds = boundsOf(sdk, partition, range);
  while (bounds !== undefined) {
    const { rows, nextStartPrimaryKey } = await client.request('getRange', {
      ...bounds,
      tableName,
      // One to see whether more follow, and the cursor.
      limit: range.limit + 2,
      columnFilter: isUnexpired(sdk, nowMs()),
    });
    for (const row of rows) {
      const stored = readRow(layout, row);
      if (stored !== undefined) yield stored;
    }
    if (nextStartPrimaryKey === null) return;
    const start = nextStartPrimaryKey.map(({ name, value }) => ({ [name]: value }));
    bounds = { ...bounds, inclusiveStartPrimaryKey: start };
  }
}

/** A partition without sort keys is one row. */
async function listOnly<T>(
  parts: TablestoreTableParts,
  partition: string,
  { from = '', cursor }: Range,
): Promise<Page<T>> {
  const row = await getRow(parts, { partition });
  const isListed = from === '' && cursor === undefined;
  if (row === undefined || !isListed || row.expiresAtMs <= parts.nowMs()) return { records: [] };
  return { records: [{ sort: '', ...versioned<T>(row) }] };
}
