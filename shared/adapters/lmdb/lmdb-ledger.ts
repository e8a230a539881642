import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import type { Message } from '../../model/message.ts';
import { openEnv, type Sync, settled } from './lmdb-env.ts';
import { utf8KeyEncoder } from './lmdb-keys.ts';
import { messageOf, type Row } from './lmdb-rows.ts';

/** What is known of the consumers. In an env of its own, so that their commits hold up no publisher. */
export type Ledger = {
  root: RootDatabase;
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

export const openLedger = async (path: string, sync: Sync): Promise<Ledger> => {
  const { root, close } = await openEnv({ path: join(path, 'consumers'), sync });
  const open = <T>(name: string): Database<T, string> => {
    const options = { name, useRecords: false, keyEncoder: utf8KeyEncoder };
    return root.openDB<T, string>(options);
  };
  return {
    root,
    cursors: open<number>('cursors'),
    retries: open<WaitingRow>('retries'),
    deadLetters: open<WaitingRow>('dead_letters'),
    leases: open<Lease>('leases'),
    close,
  };
};

/** A consumer that is registered holds back the trimming of the log. It begins with the oldest message kept. */
export const register = async ({ root, cursors }: Ledger, consumer: string): Promise<void> => {
  if (cursors.get(consumer) !== undefined) return;
  await settled(
    root.transaction(() => {
      if (cursors.get(consumer) === undefined) cursors.putSync(consumer, 0);
    }),
  );
};

/** What every registered consumer has passed; undefined if there is none. */
export const lowestCursor = ({ cursors }: Ledger): number | undefined => {
  const positions = [...cursors.getRange({ start: '\u0000' })].map(({ value }) => value);
  return positions.length === 0 ? undefined : Math.min(...positions);
};

const TIME_DIGITS = 16;

export const waitingKey = (consumer: string, timeMs: number, messageId: string): string =>
  [consumer, String(Math.trunc(timeMs)).padStart(TIME_DIGITS, '0'), messageId].join('\u0000');

const consumerRange = (consumer: string) => ({
  start: `${consumer}\u0000`,
  end: `${consumer}\u0001`,
});

/** Earliest first. */
export const listWaiting = (db: Waiting, consumer: string, limit: number): WaitingItem[] => {
  const items: WaitingItem[] = [];
  db.resetReadTxn();
  for (const { key, value } of db.getRange({ ...consumerRange(consumer), limit })) {
    const [attempts, reason, row] = value;
    items.push({ key, timeMs: timeOf(key), attempts, reason, message: messageOf(row) });
  }
  return items;
};

export const findWaiting = (
  db: Waiting,
  consumer: string,
  messageId: string,
): string | undefined => {
  for (const key of db.getKeys(consumerRange(consumer)))
    if (key.slice(key.lastIndexOf('\u0000') + 1) === messageId) return key;
  return undefined;
};

export const countWaiting = (db: Waiting, consumer: string): number =>
  db.getKeysCount(consumerRange(consumer));

const timeOf = (key: string): number => {
  const end = key.lastIndexOf('\u0000');
  return Number(key.slice(end - TIME_DIGITS, end));
};
