import type { Database } from 'lmdb';
import type { BacklogItem, GroupBacklog, NewChunk } from '../../ports/group-backlog.ts';
import { openEnv, type Sync } from './lmdb-env.ts';
import { utf8KeyEncoder } from './lmdb-keys.ts';
import { messageOf, type Row, rowOf } from './lmdb-rows.ts';

type Chunks = Database<readonly ItemRow[], string>;

type ItemRow = [deliveries: number, row: Row];

export type LmdbGroupBacklogOptions = { path: string; sync: Sync; nowMs(): number };

const TIME_DIGITS = 16;
const COUNT_DIGITS = 10;

/** In an env of its own, so that what is put aside for a slow group holds up no publisher. */
export async function openLmdbGroupBacklog(
  options: LmdbGroupBacklogOptions,
): Promise<GroupBacklog> {
  const { root, settle, close } = await openEnv(options);
  const format = { name: 'chunks', useRecords: false, keyEncoder: utf8KeyEncoder };
  const chunks: Chunks = root.openDB(format);
  const newKey = createKeys(options.nowMs());

  return {
    async write({ add, remove }) {
      const keys = add.map(newKey);
      await settle(
        root.transaction(() => {
          for (const [at, { items }] of add.entries())
            chunks.putSync(keys[at] ?? '', rowsOf(items));
          for (const key of remove) chunks.removeSync(key);
        }),
      );
      return keys;
    },
    due(groupId, { nowMs, limit, except }) {
      const found = [];
      chunks.resetReadTxn();
      const range = { start: startOf(groupId), end: startOf(groupId, nowMs + 1) };
      for (const { key, value } of chunks.getRange(range)) {
        if (found.length >= limit) break;
        if (!except.has(key)) found.push({ key, items: value.map(itemOf) });
      }
      return found;
    },
    counts() {
      const counts = new Map<string, number>();
      chunks.resetReadTxn();
      for (const key of chunks.getKeys({ start: '\u0001' })) {
        const { groupId, messages } = readKey(key);
        counts.set(groupId, (counts.get(groupId) ?? 0) + messages);
      }
      return counts;
    },
    async clear(groupId, dueBeforeMs) {
      chunks.resetReadTxn();
      const end = dueBeforeMs === undefined ? `${groupId}\u0001` : startOf(groupId, dueBeforeMs);
      const keys = [...chunks.getKeys({ start: startOf(groupId), end })];
      let cleared = 0;
      for (let at = 0; at < keys.length; at += CLEARED_AT_ONCE) {
        const part = keys.slice(at, at + CLEARED_AT_ONCE);
        await settle(
          root.transaction(() => {
            for (const key of part) chunks.removeSync(key);
          }),
        );
        cleared += part.reduce((sum, key) => sum + readKey(key).messages, 0);
      }
      return cleared;
    },
    close,
  };
}

const CLEARED_AT_ONCE = 1000;

/**
 * `groupId, due, sequence, messages`: a range of keys is what is due, and counting needs no value.
 * The sequence begins with the time of the start, so that no key comes back after a restart.
 */
function createKeys(startedAtMs: number): (chunk: NewChunk) => string {
  const start = digits(startedAtMs, TIME_DIGITS);
  let count = 0;
  return ({ groupId, dueMs, items }) => {
    count += 1;
    const sequence = start + digits(count, COUNT_DIGITS);
    return [groupId, digits(dueMs, TIME_DIGITS), sequence, items.length].join('\u0000');
  };
}

function readKey(key: string): { groupId: string; messages: number } {
  const [groupId = '', , , messages] = key.split('\u0000');
  return { groupId, messages: Number(messages) };
}

function startOf(groupId: string, dueMs = 0): string {
  return `${groupId}\u0000${digits(dueMs, TIME_DIGITS)}`;
}

function digits(value: number, count: number): string {
  return String(Math.trunc(value)).padStart(count, '0');
}

function rowsOf(items: readonly BacklogItem[]): ItemRow[] {
  return items.map(({ message, deliveries }) => [deliveries, rowOf(message)]);
}

function itemOf([deliveries, row]: ItemRow): BacklogItem {
  return { deliveries, message: messageOf(row) };
}
