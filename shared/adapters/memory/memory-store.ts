import type { TableName, TableRecords } from '../../model/tables.ts';
import type { Entry, Key, Page, Range, Store, Table, Version } from '../../ports/table.ts';
import { checkKeyPart, compareKeyParts } from '../../ports/table-keys.ts';

type MemoryStoreOptions = { nowMs(): number };

/** Tables that last as long as the process. */
export function createMemoryStore({ nowMs }: MemoryStoreOptions): Store {
  const tables = new Map<string, Table<unknown>>();
  return {
    table<Name extends TableName>(name: Name): Table<TableRecords[Name]> {
      const table = tables.get(name) ?? createMemoryTable(nowMs);
      tables.set(name, table);
      // One map holds tables of every kind; the name says which it is.
      return table as Table<TableRecords[Name]>;
    },
    async close() {
      tables.clear();
    },
  };
}

type Held = { value: unknown; version: Version; expiresAtMs: number };
type Partition = Map<string, Held>;

function createMemoryTable(nowMs: () => number): Table<unknown> {
  const partitions = new Map<string, Partition>();
  let lastVersion = 0;

  const find = (key: Key): Held | undefined => {
    checkKeyPart(key.partition);
    checkKeyPart(key.sort ?? '');
    const held = partitions.get(key.partition)?.get(key.sort ?? '');
    return held !== undefined && held.expiresAtMs > nowMs() ? held : undefined;
  };
  const put = (key: Key, value: unknown, expiresAtMs = Number.POSITIVE_INFINITY): true => {
    const partition = partitions.get(key.partition) ?? new Map<string, Held>();
    partitions.set(key.partition, partition);
    lastVersion += 1;
    partition.set(key.sort ?? '', {
      value: structuredClone(value),
      version: lastVersion,
      expiresAtMs,
    });
    return true;
  };

  return {
    async read(key) {
      const held = find(key);
      return held && { value: structuredClone(held.value), version: held.version };
    },
    async insert(key, value, options) {
      return find(key) === undefined && put(key, value, options?.expiresAtMs);
    },
    async replace(key, value, version, options) {
      return find(key)?.version === version && put(key, value, options?.expiresAtMs);
    },
    async remove(key, version) {
      const held = find(key);
      if (held === undefined || (version !== undefined && held.version !== version)) return false;
      return partitions.get(key.partition)?.delete(key.sort ?? '') ?? false;
    },
    async list(partition, range) {
      checkKeyPart(partition);
      const live = [...(partitions.get(partition) ?? [])]
        .filter(([, held]) => held.expiresAtMs > nowMs())
        .map(([sort, { value, version }]) => ({ sort, value, version }));
      return pageOf(live, range);
    },
  };
}

function pageOf(entries: readonly Entry<unknown>[], range: Range): Page<unknown> {
  const { from, to, cursor, limit, descending = false } = range;
  const within = entries
    .filter(({ sort }) => from === undefined || compareKeyParts(sort, from) >= 0)
    .filter(({ sort }) => to === undefined || compareKeyParts(sort, to) <= 0)
    .sort((a, b) =>
      descending ? compareKeyParts(b.sort, a.sort) : compareKeyParts(a.sort, b.sort),
    );
  const behind = within.filter(
    ({ sort }) =>
      cursor === undefined || (compareKeyParts(sort, cursor) > 0 !== descending && sort !== cursor),
  );
  const records = behind.slice(0, limit).map((entry) => structuredClone(entry));
  const last = records.at(-1);
  return last !== undefined && behind.length > limit ? { records, cursor: last.sort } : { records };
}
