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

  function* keysDue(groupId: string, nowMs: number): Generator<string> {
    yield* chunks.getKeys({ start: startOf(groupId), end: startOf(groupId, nowMs + 1) });
    const start = startOf(groupId, nowMs + LONGEST_AHEAD_MS);
    yield* chunks.getKeys({ start, end: startOf(groupId, NEVER_MS) });
  }

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
      for (const key of keysDue(groupId, nowMs)) {
        if (found.length >= limit) break;
        const rows = except.has(key) ? undefined : chunks.get(key);
        if (rows) found.push({ key, items: rows.map(itemOf) });
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
    async clear(groupId, { dueBeforeMs, except }) {
      chunks.resetReadTxn();
      const range = { start: startOf(groupId), end: startOf(groupId, dueBeforeMs ?? NEVER_MS) };
      const keys: string[] = [];
      for (const key of chunks.getKeys(range)) {
        if (keys.length >= CLEARED_AT_ONCE) break;
        if (!except.has(key)) keys.push(key);
      }
      await settle(
        root.transaction(() => {
          for (const key of keys) chunks.removeSync(key);
        }),
      );
      const messages = keys.reduce((sum, key) => sum + readKey(key).messages, 0);
      return { messages, isDone: keys.length < CLEARED_AT_ONCE };
    },
    close,
  };
}

const CLEARED_AT_ONCE = 1000;

/** Twice what a chunk is put ahead. */
const LONGEST_AHEAD_MS = 120_000;
/** Of TIME_DIGITS digits. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

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
