import type { GroupStatusRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';

/** After this without a word a process counts as gone, and its consumers with it. */
export const GROUP_STATUS_LIFE_MS = 30_000;

export type GroupStatusPlace = {
  groupId: string;
  /** Which of those that serve the group; each writes its own record. */
  process: string;
  store: Store;
  /** GROUP_STATUS_LIFE_MS from now. */
  expiresAtMs: number;
};

/** Takes the place of what this process said before. */
export async function writeGroupStatus(
  record: GroupStatusRecord,
  { groupId, process, store, expiresAtMs }: GroupStatusPlace,
): Promise<void> {
  const key = { partition: groupId, sort: process };
  await upsertRecord(store.table('group_status'), key, () => record, { expiresAtMs });
}

/** Of all processes that serve the group, summed up. Zeros where nobody does. */
export async function readGroupStatus(groupId: string, store: Store): Promise<GroupStatusRecord> {
  let sum = NOBODY;
  for await (const { value } of walkPartition(store.table('group_status'), groupId)) {
    sum = add(sum, value);
  }
  return sum;
}

const NOBODY: GroupStatusRecord = {
  accumulated: 0,
  accumulatedPerMinute: 0,
  realTimePerMinute: 0,
  lastConsumedAtMs: null,
  clients: [],
};

function add(a: GroupStatusRecord, b: GroupStatusRecord): GroupStatusRecord {
  return {
    accumulated: a.accumulated + b.accumulated,
    accumulatedPerMinute: a.accumulatedPerMinute + b.accumulatedPerMinute,
    realTimePerMinute: a.realTimePerMinute + b.realTimePerMinute,
    lastConsumedAtMs: laterOf(a.lastConsumedAtMs, b.lastConsumedAtMs),
    clients: [...a.clients, ...b.clients],
  };
}

function laterOf(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
