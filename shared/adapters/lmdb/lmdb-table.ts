import { randomInt } from 'node:crypto';
import type { Database } from 'lmdb';
import type { Entry, Key, Page, Range, Table, Version, Versioned } from '../../ports/table.ts';
import type { Settle } from './lmdb-env.ts';
import { abovePartition, compositeKey, sortOf } from './lmdb-keys.ts';

/** Records are objects: an array can only be the wrapper of one that expires. */
export type Stored<T> = T | Expiring<T>;
type Expiring<T> = [expiresAtMs: number, value: T];

export type Records<T> = Database<Stored<T>, string>;

export type OpenTable<T> = { db: Records<T>; settle: Settle };

export type TableParts<T> = {
  /** Undefined until `open` has opened it: a read of an open database need not wait. */
  opened(): OpenTable<T> | undefined;
  open(): Promise<OpenTable<T>>;
  nowMs(): number;
};

export function createLmdbTable<T>({ opened, open, nowMs }: TableParts<T>): Table<T> {
  return {
    async read(key) {
      const { db } = opened() ?? (await open());
      return live(db, compositeKey(key), nowMs);
    },
    async insert(key, value, options) {
      const table = opened() ?? (await open());
      const written = wrap(value, options?.expiresAtMs);
      return insertRecord(table, compositeKey(key), { written, nowMs: nowMs() });
    },
    async replace(key, value, version, options) {
      const { db, settle } = opened() ?? (await open());
      const composite = compositeKey(key);
      const written = wrap(value, options?.expiresAtMs);
      if (!neverExpires(version) && current(db, composite, nowMs)?.version !== version)
        return false;
      return settle(db.put(composite, written, nextVersion(written), version));
    },
    async remove(key, version) {
      const table = opened() ?? (await open());
      return removeRecord(table, key, { version, nowMs });
    },
    async list(partition, range) {
      const { db } = opened() ?? (await open());
      return readPage(db, { partition, range, nowMs: nowMs() });
    },
  };
}

/**
 * Random start: no version of this process equals one that another gave to the same key. Odd versions
 * are of records that expire: a replace need not look whether a record with an even one has.
 */
let lastVersion = randomInt(2 ** 47) * 16;
function nextVersion(written: Stored<unknown>): Version {
  lastVersion += 2;
  return isExpiring(written) ? lastVersion + 1 : lastVersion;
}

function neverExpires(version: Version): boolean {
  return version % 2 === 0;
}

function wrap<T>(value: T, expiresAtMs: number | undefined): Stored<T> {
  return expiresAtMs === undefined ? value : [expiresAtMs, value];
}

function isExpiring<T>(stored: Stored<T>): stored is Expiring<T> {
  return Array.isArray(stored);
}

export function isExpired<T>(stored: Stored<T>, nowMs: number): boolean {
  return isExpiring(stored) && stored[0] <= nowMs;
}

function unwrap<T>(stored: Stored<T>): T {
  return isExpiring(stored) ? stored[1] : stored;
}

/** The hot path: lmdb's own entry is handed out as it is, and the clock is asked only where needed. */
function live<T>(db: Records<T>, composite: string, nowMs: () => number): Versioned<T> | undefined {
  const entry = db.getEntry(composite);
  if (entry === undefined || isLasting(entry)) return entry;
  if (isExpired(entry.value, nowMs())) return undefined;
  return { value: unwrap(entry.value), version: entry.version ?? 0 };
}

type StoredEntry<T> = { value: Stored<T>; version?: number };

function isLasting<T>(entry: StoredEntry<T>): entry is Versioned<T> {
  return !isExpiring(entry.value);
}

/** Sees what other processes have committed up to now: a read may be a millisecond old. */
function current<T>(
  db: Records<T>,
  composite: string,
  nowMs: () => number,
): Versioned<T> | undefined {
  db.resetReadTxn();
  return live(db, composite, nowMs);
}

/** What lmdb takes for 'only if there is none', and its types leave out. */
const NO_RECORD = null as unknown as number;

type Insertion<T> = { written: Stored<T>; nowMs: number };

/** lmdb refuses to overwrite; an expired record is replaced on its version, so that one of several wins. */
async function insertRecord<T>(
  { db, settle }: OpenTable<T>,
  composite: string,
  { written, nowMs }: Insertion<T>,
): Promise<boolean> {
  for (;;) {
    if (await settle(db.put(composite, written, nextVersion(written), NO_RECORD))) return true;
    db.resetReadTxn();
    const standing = db.getEntry(composite);
    if (standing === undefined) continue;
    if (!isExpired(standing.value, nowMs)) return false;
    if (await settle(db.put(composite, written, nextVersion(written), standing.version)))
      return true;
  }
}

type Removal = { version: Version | undefined; nowMs(): number };

async function removeRecord<T>(
  { db, settle }: OpenTable<T>,
  key: Key,
  { version, nowMs }: Removal,
): Promise<boolean> {
  const composite = compositeKey(key);
  for (;;) {
    const standing = current(db, composite, nowMs);
    if (standing === undefined) return false;
    if (version !== undefined && standing.version !== version) return false;
    if (await settle(db.remove(composite, standing.version))) return true;
  }
}

type PageRequest = { partition: string; range: Range; nowMs: number };

function readPage<T>(db: Records<T>, { partition, range, nowMs }: PageRequest): Page<T> {
  const records: Entry<T>[] = [];
  db.resetReadTxn();
  for (const { key, value, version } of db.getRange(bounds(partition, range))) {
    const sort = sortOf(key, partition);
    if (sort === range.cursor || isExpired(value, nowMs)) continue;
    const last = records.at(-1);
    if (last !== undefined && records.length === range.limit) return { records, cursor: last.sort };
    records.push({ sort, value: unwrap(value), version: version ?? 0 });
  }
  return { records };
}

function bounds(partition: string, { from, to, descending, cursor }: Range) {
  const low = compositeKey({ partition, sort: (descending ? from : (cursor ?? from)) ?? '' });
  const top = descending ? (cursor ?? to) : to;
  const high =
    top === undefined ? abovePartition(partition) : compositeKey({ partition, sort: top });
  return {
    start: descending ? high : low,
    end: descending ? low : high,
    inclusiveEnd: true,
    reverse: descending ?? false,
    versions: true,
  };
}
