import { randomInt } from 'node:crypto';
import type { Database } from 'lmdb';
import type { Entry, Key, Page, Range, Table, Version, Versioned } from '../../ports/table.ts';
import { settled } from './lmdb-env.ts';
import { abovePartition, compositeKey, sortOf } from './lmdb-keys.ts';

/** Records are objects: an array can only be the wrapper of one that expires. */
export type Stored<T> = T | Expiring<T>;
type Expiring<T> = [expiresAtMs: number, value: T];

export type Records<T> = Database<Stored<T>, string>;

export type TableParts<T> = {
  /** Undefined until `open` has opened it: a read of an open database need not wait. */
  opened(): Records<T> | undefined;
  open(): Promise<Records<T>>;
  nowMs(): number;
};

export const createLmdbTable = <T>({ opened, open, nowMs }: TableParts<T>): Table<T> => ({
  async read(key) {
    const db = opened() ?? (await open());
    return live(db, compositeKey(key), nowMs);
  },
  async insert(key, value, options) {
    const db = opened() ?? (await open());
    const written = wrap(value, options?.expiresAtMs);
    return insertRecord(db, compositeKey(key), { written, nowMs: nowMs() });
  },
  async replace(key, value, version, options) {
    const db = opened() ?? (await open());
    const composite = compositeKey(key);
    const written = wrap(value, options?.expiresAtMs);
    if (current(db, composite, nowMs)?.version !== version) return false;
    return settled(db.put(composite, written, nextVersion(), version));
  },
  async remove(key, version) {
    const db = opened() ?? (await open());
    return removeRecord(db, key, { version, nowMs });
  },
  async list(partition, range) {
    const db = opened() ?? (await open());
    return readPage(db, { partition, range, nowMs: nowMs() });
  },
});

/** Random start: no version of this process equals one that another gave to the same key. */
let lastVersion = randomInt(2 ** 47) * 16;
const nextVersion = (): Version => {
  lastVersion += 1;
  return lastVersion;
};

const wrap = <T>(value: T, expiresAtMs: number | undefined): Stored<T> =>
  expiresAtMs === undefined ? value : [expiresAtMs, value];

const isExpiring = <T>(stored: Stored<T>): stored is Expiring<T> => Array.isArray(stored);

export const isExpired = <T>(stored: Stored<T>, nowMs: number): boolean =>
  isExpiring(stored) && stored[0] <= nowMs;

const unwrap = <T>(stored: Stored<T>): T => (isExpiring(stored) ? stored[1] : stored);

/** The hot path: lmdb's own entry is handed out as it is, and the clock is asked only where needed. */
const live = <T>(
  db: Records<T>,
  composite: string,
  nowMs: () => number,
): Versioned<T> | undefined => {
  const entry = db.getEntry(composite);
  if (entry === undefined || isLasting(entry)) return entry;
  if (isExpired(entry.value, nowMs())) return undefined;
  return { value: unwrap(entry.value), version: entry.version ?? 0 };
};

type StoredEntry<T> = { value: Stored<T>; version?: number };

const isLasting = <T>(entry: StoredEntry<T>): entry is Versioned<T> => !isExpiring(entry.value);

/** Sees what other processes have committed up to now: a read may be a millisecond old. */
const current = <T>(
  db: Records<T>,
  composite: string,
  nowMs: () => number,
): Versioned<T> | undefined => {
  db.resetReadTxn();
  return live(db, composite, nowMs);
};

/** What lmdb takes for 'only if there is none', and its types leave out. */
const NO_RECORD = null as unknown as number;

type Insertion<T> = { written: Stored<T>; nowMs: number };

/** lmdb refuses to overwrite; an expired record is replaced on its version, so that one of several wins. */
const insertRecord = async <T>(
  db: Records<T>,
  composite: string,
  { written, nowMs }: Insertion<T>,
): Promise<boolean> => {
  for (;;) {
    if (await settled(db.put(composite, written, nextVersion(), NO_RECORD))) return true;
    db.resetReadTxn();
    const standing = db.getEntry(composite);
    if (standing === undefined) continue;
    if (!isExpired(standing.value, nowMs)) return false;
    if (await settled(db.put(composite, written, nextVersion(), standing.version))) return true;
  }
};

type Removal = { version: Version | undefined; nowMs(): number };

const removeRecord = async <T>(
  db: Records<T>,
  key: Key,
  { version, nowMs }: Removal,
): Promise<boolean> => {
  const composite = compositeKey(key);
  for (;;) {
    const standing = current(db, composite, nowMs);
    if (standing === undefined) return false;
    if (version !== undefined && standing.version !== version) return false;
    if (await settled(db.remove(composite, standing.version))) return true;
  }
};

type PageRequest = { partition: string; range: Range; nowMs: number };

const readPage = <T>(db: Records<T>, { partition, range, nowMs }: PageRequest): Page<T> => {
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
};

const bounds = (partition: string, { from, to, descending, cursor }: Range) => {
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
};
