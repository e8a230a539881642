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
 * Messages that come while a group is on its way to the disk wait in the next one: one group at a
 * time, since a transaction costs the same for one message as for hundreds. A group closes, and gets
 * its position, inside its transaction: as transactions of all processes follow one another, no
 * message commits at a position that a consumer has already passed (but see lowerCursors).
 */
function createAppend({ root, settle }: Env, records: LogRecords): Log['append'] {
  let open: Group | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const write = (group: Group): Promise<void> =>
    settle(
      root.transaction(() => {
        if (open === group) open = undefined;
        records.putSync(lastPosition(records) + group.rows.length, group.rows);
      }),
    );
  const begin = (): Group => {
    const group: Group = { rows: [], bytes: 0, committed: last.then(() => write(group)) };
    last = group.committed.then(() => gatheringTime(group), ignoreFault);
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
 * at a time, the next group waits a little for more of them. One publisher alone waits for nothing.
 */
function gatheringTime({ rows }: Group): Promise<void> | undefined {
  return rows.length < BUSY_GROUP_MESSAGES ? undefined : sleep(GATHERING_MS);
}

const BUSY_GROUP_MESSAGES = 4;
const GATHERING_MS = 2;

/** The publishers of the group have it; the next group is none the worse. */
function ignoreFault(): undefined {
  return undefined;
}

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
