import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from 'lmdb';
import type { Message } from '../../model/message.ts';
import { type Env, openEnv, type Sync } from './lmdb-env.ts';
import { type Row, rowOf } from './lmdb-rows.ts';

/**
 * The message log. A record holds the group of messages that went to disk together; its key is the
 * position of the last of them, counted from 1 without gaps.
 */
export type LogRecords = Database<Row[], number>;

export type Log = {
  records: LogRecords;
  /** Resolves when the message is durable, at its position. */
  append(message: Message): Promise<void>;
  /** Deletes up to `maxRecords` records whose last position is at most `upTo`; says if more remain. */
  trim(upTo: number, maxRecords: number): Promise<boolean>;
  close(): Promise<void>;
};

type Group = { rows: Row[]; bytes: number; committed: Promise<void> };

/** `next`: when the group behind it may begin. */
type Written = { durable: Promise<void>; next: Promise<unknown> };

const MAX_GROUP_MESSAGES = 1024;
const MAX_GROUP_BYTES = 4 * 1024 * 1024;

export async function openLog(path: string, sync: Sync): Promise<Log> {
  const env = await openEnv({ path: join(path, 'log'), sync });
  const options = { name: 'messages', useRecords: false };
  const records: LogRecords = env.root.openDB<Row[], number>(options);
  return {
    records,
    append: createAppend(env, records),
    trim: (upTo, maxRecords) => trimRecords({ env, records, upTo, maxRecords }),
    close: env.close,
  };
}

/** 0 in an empty log. Other processes' messages show after `resetReadTxn`. */
export function lastPosition(records: LogRecords): number {
  for (const position of records.getKeys({ reverse: true, limit: 1 })) return position;
  return 0;
}

/**
 * Messages that come while a transaction is under way, or shortly after one began that was busy, wait
 * in one group for the next; flushes overlap. A group closes, and gets its position, inside its
 * transaction: as transactions of all processes follow one another, no message commits at a position
 * that a consumer has already passed (but see lowerCursors).
 */
function createAppend({ root, settle }: Env, records: LogRecords): Log['append'] {
  let open: Group | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const write = (group: Group): Written => {
    const gathering = sleep(GATHERING_MS);
    const transaction = root.transaction(() => {
      if (open === group) open = undefined;
      records.putSync(lastPosition(records) + group.rows.length, group.rows);
    });
    // A fault is for the publishers of this group: the next one is none the worse.
    const isBusy = () => group.rows.length >= BUSY_GROUP_MESSAGES;
    const next = transaction.then(isBusy, isBusy).then((busy) => (busy ? gathering : undefined));
    return { durable: settle(transaction), next };
  };
  // Each group waits for the one begun before it, so that a burst over several keeps its order.
  const begin = (): Group => {
    const group: Group = { rows: [], bytes: 0, committed: Promise.resolve() };
    const written = turn.then(() => write(group));
    group.committed = written.then(({ durable }) => durable);
    turn = written.then(
      ({ next }) => next,
      () => undefined,
    );
    return group;
  };

  return (message) => {
    if (open === undefined || isFull(open)) open = begin();
    open.rows.push(rowOf(message));
    open.bytes += message.body.byteLength;
    return open.committed;
  };
}

/**
 * A transaction with its flush takes 0.4 ms of processor, a message in it 3 us: where several publish
 * at a time, groups begin this far apart at least. One publisher alone waits for nothing.
 */
const GATHERING_MS = 2;
const BUSY_GROUP_MESSAGES = 4;

function isFull({ rows, bytes }: Group): boolean {
  return rows.length >= MAX_GROUP_MESSAGES || bytes >= MAX_GROUP_BYTES;
}

type Trim = { env: Env; records: LogRecords; upTo: number; maxRecords: number };

/** Never deletes the last record: it is where the next position is counted from. */
async function trimRecords({ env, records, upTo, maxRecords }: Trim): Promise<boolean> {
  const trimmable = () => {
    const end = Math.min(upTo + 1, lastPosition(records));
    return [...records.getKeys({ start: 1, end, limit: maxRecords })];
  };
  if (trimmable().length === 0) return false;
  const removed = await env.settle(
    env.root.transaction(() => {
      const positions = trimmable();
      for (const position of positions) records.removeSync(position);
      return positions.length;
    }),
  );
  return removed === maxRecords;
}
