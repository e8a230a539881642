import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import type { Message } from '../../model/message.ts';
import { openEnv, type Settle } from './lmdb-env.ts';
import { utf8KeyEncoder } from './lmdb-keys.ts';
import { messageOf, type Row } from './lmdb-rows.ts';

/** What is known of the consumers. In an env of its own, so that their commits hold up no publisher. */
export type Ledger = {
  root: RootDatabase;
  settle: Settle;
  /** By consumer: the last position that it has settled. */
  cursors: Database<number, string>;
  retries: Waiting;
  deadLetters: Waiting;
  leases: Database<Lease, string>;
  close(): Promise<void>;
};

/** Who consumes under a name. */
type Lease = { owner: string; host: string; pid: number; expiresAtMs: number };

/** Keyed by consumer, time (due or died) and message id. */
export type Waiting = Database<WaitingRow, string>;

type WaitingRow = [attempts: number, reason: string, row: Row];

export type WaitingItem = {
  key: string;
  timeMs: number;
  attempts: number;
  reason: string;
  message: Message;
};

/** Its writes need no flush: a power cut takes a cursor and the retries back together, and the messages come again. */
export async function openLedger(path: string): Promise<Ledger> {
  const { root, settle, close } = await openEnv({ path: join(path, 'consumers'), sync: 'commit' });
  const open = <T>(name: string): Database<T, string> => {
    const options = { name, useRecords: false, keyEncoder: utf8KeyEncoder };
    return root.openDB<T, string>(options);
  };
  return {
    root,
    settle,
    cursors: open<number>('cursors'),
    retries: open<WaitingRow>('retries'),
    deadLetters: open<WaitingRow>('dead_letters'),
    leases: open<Lease>('leases'),
    close,
  };
}

/** A consumer that is registered holds back the trimming of the log. It begins with the oldest message kept. */
export async function register({ root, settle, cursors }: Ledger, consumer: string): Promise<void> {
  if (cursors.get(consumer) !== undefined) return;
  await settle(
    root.transaction(() => {
      if (cursors.get(consumer) === undefined) cursors.putSync(consumer, 0);
    }),
  );
}

/**
 * Takes cursors back to the end of the log. A consumer sees a message at its commit: a power cut just
 * then can keep the cursor and take back the message, which nobody was told was safe; the next one
 * gets its position and would be skipped. The cursors are read before the end of the log, so that one
 * that moves meanwhile is never taken for one that is ahead.
 */
export async function lowerCursors(ledger: Ledger, endOfLog: () => number): Promise<void> {
  const { root, settle, cursors } = ledger;
  const stood = [...cursors.getRange({ start: FIRST_NAME })];
  const end = endOfLog();
  const ahead = stood.filter(({ value }) => value > end);
  if (ahead.length === 0) return;
  await settle(
    root.transaction(() => {
      for (const { key, value } of ahead) {
        if (cursors.get(key) === value) cursors.putSync(key, end);
      }
    }),
  );
}

/** What every registered consumer has passed; undefined if there is none. */
export function lowestCursor({ cursors }: Ledger): number | undefined {
  const positions = [...cursors.getRange({ start: FIRST_NAME })].map(({ value }) => value);
  return positions.length === 0 ? undefined : Math.min(...positions);
}

/** Below every consumer's name; without a start, lmdb gives its own records too. */
const FIRST_NAME = '\u0000';

const TIME_DIGITS = 16;

export function waitingKey(consumer: string, timeMs: number, messageId: string): string {
  const time = String(Math.trunc(timeMs)).padStart(TIME_DIGITS, '0');
  return [consumer, time, messageId].join('\u0000');
}

function consumerRange(consumer: string) {
  return { start: `${consumer}\u0000`, end: `${consumer}\u0001` };
}

/** Earliest first. */
export function listWaiting(db: Waiting, consumer: string, limit: number): WaitingItem[] {
  return readWaiting(db, { ...consumerRange(consumer), limit });
}

/** Those whose time has come. What is not due is not read: its messages may be many and large. */
export function listDue(
  db: Waiting,
  consumer: string,
  { nowMs, limit }: { nowMs: number; limit: number },
): WaitingItem[] {
  const end = waitingKey(consumer, nowMs + 1, '');
  return readWaiting(db, { ...consumerRange(consumer), end, limit });
}

type WaitingRange = { start: string; end: string; limit: number };

function readWaiting(db: Waiting, range: WaitingRange): WaitingItem[] {
  const items: WaitingItem[] = [];
  db.resetReadTxn();
  for (const { key, value } of db.getRange(range)) {
    const [attempts, reason, row] = value;
    items.push({ key, timeMs: timeOf(key), attempts, reason, message: messageOf(row) });
  }
  return items;
}

export function findWaiting(db: Waiting, consumer: string, messageId: string): string | undefined {
  for (const key of db.getKeys(consumerRange(consumer))) {
    if (key.slice(key.lastIndexOf('\u0000') + 1) === messageId) return key;
  }
  return undefined;
}

export function countWaiting(db: Waiting, consumer: string): number {
  return db.getKeysCount(consumerRange(consumer));
}

function timeOf(key: string): number {
  const end = key.lastIndexOf('\u0000');
  return Number(key.slice(end - TIME_DIGITS, end));
}
