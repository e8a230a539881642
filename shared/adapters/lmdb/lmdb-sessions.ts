import type { Database } from 'lmdb';
import { type Env, openEnv, type Sync } from './lmdb-env.ts';
import { utf8KeyEncoder } from './lmdb-keys.ts';
import {
  createKnownSessions,
  type KnownSession,
  type KnownSessions,
  markStored,
} from './lmdb-known-sessions.ts';
import { createLine } from './lmdb-line.ts';

/** What a broker knows of a device beyond its connection, by `${productKey}/${deviceName}`. */
export type Sessions = {
  read(device: string): SessionRecord | undefined;
  /** Durable when it resolves. */
  write(device: string, session: SessionRecord): Promise<void>;
  /**
   * As write, for what may be lost with a crash within a tenth of a second: devices that come and go
   * at once cost one transaction together, and one that comes and goes in between costs nothing.
   */
  note(device: string, session: SessionRecord): void;
  /** Resolves when what was noted is durable. */
  flush(): Promise<void>;
  /** Of a device that there is no more. */
  remove(device: string): Promise<void>;
  /** Keeps a message for a device; durable when it resolves, with its place in the line. */
  enqueue(device: string, message: QueuedMessage): Promise<number>;
  /** What waits behind a place in the line, earliest first, expired ones included. */
  queued(device: string, afterSequence: number, limit: number): readonly QueuedEntry[];
  /** The device has it. Not waited for: after a crash it may get it once more. */
  dequeue(device: string, sequence: number): void;
  /** Everything that waits for the device goes. */
  clear(device: string): Promise<void>;
  /** Sessions whose connection has not been closed: after a crash, those that it cut off. */
  connected(): Iterable<readonly [device: string, session: SessionRecord]>;
  /** Removes expired messages, after looking at up to so many; goes on where it ended. */
  sweep(nowMs: number, mostLookedAt: number): Promise<void>;
  close(): Promise<void>;
};

export type SessionRecord = {
  /** A device that is made again under the name has another one, and begins anew. */
  iotId: string;
  filters: readonly string[];
  /** It connected with cleanSession 0: messages of QoS 1 wait for it. */
  persistent: boolean;
  /** Null once its connection has ended. */
  connectedAtMs: number | null;
  clientIp: string;
};

type QueuedMessage = { topic: string; payload: Uint8Array; expiresAtMs: number };

type QueuedEntry = QueuedMessage & { sequence: number };

type Row = [topic: string, expiresAtMs: number, payload: Uint8Array];

type Parts = { env: Env; sessions: Database<SessionRecord, string>; queue: Database<Row, string> };

/** One process at a time: the line is counted in memory. */
export async function openSessions(options: {
  path: string;
  sync: Sync;
  /** Of what was noted and could not be written. */
  onFault: (error: unknown) => void;
}): Promise<Sessions> {
  const env = await openEnv(options);
  const open = <T>(name: string): Database<T, string> => {
    const database = { name, useRecords: false, keyEncoder: utf8KeyEncoder };
    return env.root.openDB<T, string>(database);
  };
  const parts: Parts = { env, sessions: open('sessions'), queue: open('queue') };
  const { sessions, queue } = parts;
  const nextPlace = createLine(open('line'));
  const known = createKnownSessions<SessionRecord>(KEPT_SESSIONS);
  const notes = createNotes({ ...parts, known }, options.onFault);
  let sweptTo = FIRST_KEY;
  return {
    read: (device) => {
      const kept = known.find(device);
      if (kept) return kept.latest;
      const noted = notes.read(device);
      const stored = noted ? undefined : sessions.get(device);
      const latest = noted ?? stored;
      if (latest) known.keep(device, { latest, stored });
      return latest;
    },
    write: async (device, session) => {
      const kept = known.keep(device, { latest: session, stored: undefined });
      notes.forget(device);
      await env.settle(sessions.put(device, session));
      markStored(kept);
    },
    remove: async (device) => {
      known.forget(device);
      notes.forget(device);
      await sessions.remove(device);
    },
    note: (device, session) => {
      known.keep(device, { latest: session, stored: known.find(device)?.stored });
      notes.add(device, session);
    },
    flush: notes.flush,
    enqueue: async (device, { topic, expiresAtMs, payload }) => {
      const own = nextPlace();
      await env.settle(queue.put(keyOf(device, own), [topic, expiresAtMs, payload]));
      return own;
    },
    queued: (device, afterSequence, limit) => {
      queue.resetReadTxn();
      const start = keyOf(device, afterSequence + 1);
      return [...queue.getRange({ start, end: above(device), limit })].map(entryOf);
    },
    dequeue: (device, own) => {
      queue.remove(keyOf(device, own)).catch(() => undefined);
    },
    clear: async (device) => {
      const keys = [...queue.getKeys({ start: keyOf(device, 0), end: above(device) })];
      if (keys.length > 0) await env.settle(removeAll(parts, keys));
    },
    connected: () => connectedOf(sessions),
    sweep: async (nowMs, mostLookedAt) => {
      const looked = [...queue.getRange({ start: sweptTo, limit: mostLookedAt })];
      sweptTo = looked.length < mostLookedAt ? FIRST_KEY : `${looked.at(-1)?.key}\u0000`;
      const expired = looked.filter(({ value }) => value[1] <= nowMs).map(({ key }) => key);
      if (expired.length > 0) await env.settle(removeAll(parts, expired));
    },
    close: async () => {
      await notes.flush();
      await env.close();
    },
  };
}

/** Sessions that are yet to be written, the newest of each device. */
function createNotes(
  { env, sessions, known }: Parts & { known: KnownSessions<SessionRecord> },
  onFault: (error: unknown) => void,
) {
  let noted = new Map<string, SessionRecord>();
  /** Under way: the store does not show it before it is committed. */
  let putting = new Map<string, SessionRecord>();
  let flushed = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  /** Until the write is done the store may hold this one or the one before. */
  const unsettled = (device: string): readonly KnownSession<SessionRecord>[] => {
    const kept = known.find(device);
    if (!kept) return [];
    kept.stored = undefined;
    return [kept];
  };
  const putAll = async (): Promise<void> => {
    if (noted.size === 0) return;
    putting = noted;
    noted = new Map();
    const kept = [...putting.keys()].flatMap(unsettled);
    const put = env.root.transaction(() => {
      for (const [device, session] of putting) sessions.putSync(device, session);
    });
    await env.settle(put).then(() => kept.forEach(markStored), onFault);
    putting = new Map();
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    flushed = flushed.then(putAll);
    return flushed;
  };
  return {
    read: (device: string) => noted.get(device) ?? putting.get(device),
    forget: (device: string): void => {
      noted.delete(device);
      putting.delete(device);
    },
    add: (device: string, session: SessionRecord): void => {
      const isUnput = noted.has(device) && !putting.has(device);
      if (
        isUnput &&
        session.connectedAtMs === null &&
        isWritten(session, known.find(device)?.stored)
      ) {
        noted.delete(device);
        return;
      }
      noted.set(device, session);
      timer ??= setTimeout(() => void flush(), NOTED_MS);
    },
    flush,
  };
}

/** Of a device that came and went before it was written, nothing is new. */
function isWritten(session: SessionRecord, stored: SessionRecord | undefined): boolean {
  return (
    stored !== undefined &&
    stored.connectedAtMs === null &&
    stored.iotId === session.iotId &&
    stored.persistent === session.persistent &&
    stored.clientIp === session.clientIp &&
    stored.filters.length === session.filters.length &&
    stored.filters.every((filter, index) => filter === session.filters[index])
  );
}

const NOTED_MS = 100;
/** About 500 bytes each. */
const KEPT_SESSIONS = 20_000;

function removeAll({ env, queue }: Parts, keys: readonly string[]): Promise<void> {
  return env.root.transaction(() => {
    for (const key of keys) queue.removeSync(key);
  });
}

function* connectedOf(sessions: Parts['sessions']) {
  for (const { key, value } of sessions.getRange({ start: FIRST_KEY })) {
    if (value.connectedAtMs !== null) yield [key, value] as const;
  }
}

function keyOf(device: string, sequence: number): string {
  return `${device}\u0000${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

function above(device: string): string {
  return `${device}\u0001`;
}

function entryOf({ key, value }: { key: string; value: Row }): QueuedEntry {
  const [topic, expiresAtMs, payload] = value;
  return { sequence: Number(key.slice(-SEQUENCE_DIGITS)), topic, expiresAtMs, payload };
}

const SEQUENCE_DIGITS = 16;

/** Below every key of ours; without a start, lmdb gives its own records too. */
const FIRST_KEY = '\u0000';
