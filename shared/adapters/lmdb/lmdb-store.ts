import type { RootDatabase } from 'lmdb';
import type { TableName, TableRecords } from '../../model/tables.ts';
import type { Store, Table } from '../../ports/table.ts';
import { ABOUT, type Env, openEnv, type Sync } from './lmdb-env.ts';
import { utf8KeyEncoder } from './lmdb-keys.ts';
import { type SweepPosition, sweepTables } from './lmdb-sweep.ts';
import { createLmdbTable, type OpenTable, type Records } from './lmdb-table.ts';

export type LmdbStoreOptions = {
  /** Folder; made if absent. Several processes may have it open. */
  path: string;
  nowMs(): number;
  /** Default `flush`. */
  sync?: Sync;
};

export type LmdbStore = Store & {
  /**
   * Walks up to `maxRecords` records, going on where the last call ended and starting again behind
   * the last table, and takes the expired ones off the disk. Returns how many those were.
   */
  sweepExpired(maxRecords: number): Promise<number>;
};

/** Tables in one lmdb folder. Opens it, and loads lmdb, at the first verb. */
export function createLmdbStore({ path, nowMs, sync = 'flush' }: LmdbStoreOptions): LmdbStore {
  const tables = new Map<string, OpenTable<unknown>>();
  let opening: Promise<Env> | undefined;
  let closed = false;
  let sweepPosition: SweepPosition = {};

  const env = (): Promise<Env> => {
    if (closed) return Promise.reject(new Error(`the store in ${path} is closed`));
    opening ??= openEnv({ path, sync });
    return opening;
  };
  const open = async (name: string): Promise<OpenTable<unknown>> => {
    const { root, settle } = await env();
    const opened = tables.get(name) ?? { db: openDatabase(root, name), settle };
    tables.set(name, opened);
    return opened;
  };
  const table = <Name extends TableName>(name: Name): Table<TableRecords[Name]> =>
    createLmdbTable<TableRecords[Name]>({
      // A database is untyped by nature; the table name says what its records are.
      opened: () => tables.get(name) as OpenTable<TableRecords[Name]> | undefined,
      open: async () => (await open(name)) as OpenTable<TableRecords[Name]>,
      nowMs,
    });

  return {
    table,
    async sweepExpired(maxRecords) {
      const { root } = await env();
      const names = [...root.getKeys()].map(String).filter((name) => name !== ABOUT);
      const swept = await sweepTables({ names, open, nowMs: nowMs(), maxRecords }, sweepPosition);
      sweepPosition = swept.position;
      return swept.removed;
    },
    async close() {
      if (closed) return;
      closed = true;
      tables.clear();
      await (await opening)?.close();
    },
  };
}

function openDatabase(root: RootDatabase, name: string): Records<unknown> {
  // JSON.parse beats the msgpack decoder on records of this size, and the files stay readable.
  const encoding = 'json' as const;
  const options = { name, encoding, useVersions: true, keyEncoder: utf8KeyEncoder };
  return root.openDB<unknown, string>(options);
}
