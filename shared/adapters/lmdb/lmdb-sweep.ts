import { isExpired, type OpenTable } from './lmdb-table.ts';

/** The record that a sweep looked at last; empty before the first table. */
export type SweepPosition = { table?: string; key?: string };

type Sweep = {
  /** In a fixed order. */
  names: readonly string[];
  open(name: string): Promise<OpenTable<unknown>>;
  nowMs: number;
  maxRecords: number;
};

type Swept = { removed: number; position: SweepPosition };

/** Looks at up to `maxRecords` records behind `from`; at the end of the last table it starts over with the next call. */
export async function sweepTables(sweep: Sweep, from: SweepPosition): Promise<Swept> {
  let removed = 0;
  let left = sweep.maxRecords;
  for (const table of sweep.names) {
    if (from.table !== undefined && table < from.table) continue;
    const start = table === from.table ? from.key : undefined;
    const step = await sweepTable(await sweep.open(table), { ...sweep, maxRecords: left }, start);
    removed += step.removed;
    left -= step.looked;
    if (step.lastKey !== undefined && left <= 0) {
      return { removed, position: { table, key: step.lastKey } };
    }
  }
  return { removed, position: {} };
}

/** A record replaced in the meantime has another version and stays. */
async function sweepTable({ db, settle }: OpenTable<unknown>, sweep: Sweep, start = '\u0000') {
  const removals: Promise<boolean>[] = [];
  let looked = 0;
  let lastKey: string | undefined;
  for (const entry of db.getRange({ start, limit: sweep.maxRecords, versions: true })) {
    looked += 1;
    lastKey = entry.key;
    if (isExpired(entry.value, sweep.nowMs)) {
      removals.push(settle(db.remove(entry.key, entry.version ?? 0)));
    }
  }
  const removed = (await Promise.all(removals)).filter(Boolean).length;
  return { removed, looked, lastKey };
}
