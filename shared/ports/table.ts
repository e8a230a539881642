import type { TableName, TableRecords } from '../model/tables.ts';

/**
 * The only storage port: named tables of JSON records under a partition and a sort key.
 * A write resolves when it is durable. From the millisecond of its expiry on a record is absent to
 * every verb: it is neither read, replaced nor removed, and an insert takes its place.
 * Faults of the store reject; a lost race is an answer, never a fault.
 */
export type Store = {
  table<Name extends TableName>(name: Name): Table<TableRecords[Name]>;
  close(): Promise<void>;
};

export type Table<T> = {
  read(key: Key): Promise<Versioned<T> | undefined>;
  /** Atomic; false, and nothing written, if a record stands under the key. */
  insert(key: Key, value: T, options?: WriteOptions): Promise<boolean>;
  /** Atomic; false, and nothing written, unless the record still has that version. */
  replace(key: Key, value: T, version: Version, options?: WriteOptions): Promise<boolean>;
  /** Atomic; false if the record is absent or, where a version is given, has another one. */
  remove(key: Key, version?: Version): Promise<boolean>;
  /** Live records of a partition by sort key (UTF-8 byte order), a page at a time. Not a snapshot across pages. */
  list(partition: string, range: Range): Promise<Page<T>>;
};

/**
 * Neither part may be longer than 512 bytes in UTF-8 or contain U+0000, else every verb rejects with
 * a RangeError; `sort` defaults to the empty string.
 */
export type Key = { partition: string; sort?: string };

/** Differs from every earlier version of the same key; says nothing else. */
export type Version = number;

export type Versioned<T> = { value: T; version: Version };

type WriteOptions = { expiresAtMs?: number };

export type Range = {
  /** First sort key, inclusive. */
  from?: string;
  /** Last sort key, inclusive. */
  to?: string;
  descending?: boolean;
  limit: number;
  /** `cursor` of the page before: goes on behind it. */
  cursor?: string;
};

export type Page<T> = {
  records: readonly Entry<T>[];
  /** Absent on the last page. */
  cursor?: string;
};

export type Entry<T> = Versioned<T> & { sort: string };
