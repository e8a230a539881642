import { Buffer } from 'node:buffer';
import type { TableName, TableRecords } from '../../model/tables.ts';
import type { Entry, Key, Page, Range, Store, Table, Version } from '../../ports/table.ts';

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
    checkPart(key.partition);
    checkPart(key.sort ?? '');
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
      checkPart(partition);
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
    .filter(({ sort }) => from === undefined || byBytes(sort, from) >= 0)
    .filter(({ sort }) => to === undefined || byBytes(sort, to) <= 0)
    .sort((a, b) => (descending ? byBytes(b.sort, a.sort) : byBytes(a.sort, b.sort)));
  const behind = within.filter(
    ({ sort }) =>
      cursor === undefined || (byBytes(sort, cursor) > 0 !== descending && sort !== cursor),
  );
  const records = behind.slice(0, limit).map((entry) => structuredClone(entry));
  const last = records.at(-1);
  return last !== undefined && behind.length > limit ? { records, cursor: last.sort } : { records };
}

/** JavaScript compares UTF-16 units, which puts U+FFFF above the emoji. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const MAX_PART_BYTES = 512;

function checkPart(part: string): void {
  if (part.includes('\u0000')) throw new RangeError('a key must not contain U+0000');
  if (Buffer.byteLength(part) > MAX_PART_BYTES) {
    throw new RangeError(`a part of a key must not be longer than ${MAX_PART_BYTES} bytes`);
  }
}
