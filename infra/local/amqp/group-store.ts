import type {
  BacklogChunk,
  Clearing,
  GroupBacklog,
  NewChunk,
} from '../../../shared/ports/group-backlog.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Chunk, Entry, Place } from './entry.ts';

/** What one group keeps in the backlog. */
export type GroupStore = {
  /** Messages that lie there. */
  count(): number;
  /** Puts an entry there for good, to be taken again when it is due. */
  keep(entry: Entry, dueMs: number): void;
  /** Puts an entry there that stays in use: it can be taken again when it is due and has been released. */
  secure(entry: Entry, dueMs: number): void;
  /** An entry that was secured is not in use any longer. */
  release(entry: Entry): void;
  /** The entry needs no more care, wherever it lies. */
  finish(entry: Entry): void;
  /** Entries of the oldest chunks that are due and not in use. They are in use from now on. */
  take(nowMs: number, chunks: number): readonly Entry[];
  /** Drops what was due before a time and is not in use. */
  expire(dueBeforeMs: number): Promise<void>;
  /** Drops everything, for a group that is no more. */
  drop(): Promise<void>;
  /** Resolves when all that was asked for is done, or could not be: what came from the bus is still there then. */
  close(): Promise<void>;
};

type Options = {
  groupId: string;
  backlog: GroupBacklog;
  /** Messages that lie there already. */
  count: number;
  log: Log;
};

type Move = { entry: Entry; from: Place; dueMs: number; staysInUse: boolean };

const MOST_IN_A_CHUNK = 64;
const MOST_BYTES_IN_A_CHUNK = 256 * 1024;
const AFTER_FAULT_MS = 1000;

/**
 * Writes are gathered for a turn of the event loop and follow one another. An entry that is moved stays
 * where it was until the write is durable, so a crash in between only has it come twice.
 *
 * No message is in memory twice: a chunk is `inUse` as long as entries in memory stand for it.
 */
export function createGroupStore({ groupId, backlog, count, log }: Options): GroupStore {
  let moves: Move[] = [];
  let removed: string[] = [];
  let writing: Promise<void> | undefined;
  let waiting = count;
  let expiring = 0;
  let isClosing = false;
  let isClosed = false;
  const inUse = new Set<string>();

  const move = (entry: Entry, dueMs: number, staysInUse: boolean): void => {
    const from = entry.place;
    if (from.at === 'moving' || from.at === 'done') return;
    moves.push({ entry, from, dueMs, staysInUse });
    entry.place = { at: 'moving', staysInUse };
    start();
  };
  const leave = (place: Place): void => {
    if (place.at === 'bus') place.settle();
    if (place.at !== 'chunk') return;
    const { chunk } = place;
    waiting -= 1;
    chunk.left -= 1;
    if (chunk.left > 0) return;
    removed.push(chunk.key);
    start();
  };
  const start = (): void => {
    if (isClosed) return;
    writing ??= write().finally(() => {
      writing = undefined;
      if (moves.length > 0 || removed.length > 0) start();
    });
  };
  const write = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    const open = moves.filter(({ entry, from }) => {
      if (entry.place.at === 'moving') return true;
      leave(from);
      return false;
    });
    const batches = batchesOf(open);
    const remove = removed;
    moves = [];
    removed = [];
    const add = batches.map((batch): NewChunk => newChunkOf(groupId, batch));
    try {
      const keys = await backlog.write({ add, remove });
      for (const [at, batch] of batches.entries()) arrive(batch, keys[at] ?? '');
      for (const key of remove) inUse.delete(key);
    } catch (error) {
      log.error(
        { consumerGroupId: groupId, error },
        'the backlog of a consumer group cannot be written',
      );
      moves = [...open, ...moves];
      removed = [...remove, ...removed];
      if (isClosing) isClosed = true;
      else await new Promise((resolve) => setTimeout(resolve, AFTER_FAULT_MS));
    }
  };
  const arrive = (batch: readonly Move[], key: string): void => {
    const chunk: Chunk = { key, left: batch.length };
    waiting += batch.length;
    for (const { entry, from } of batch) {
      leave(from);
      const { place } = entry;
      entry.place = DONE;
      if (place.at === 'done') leave({ at: 'chunk', chunk });
      if (place.at === 'moving' && place.staysInUse) {
        inUse.add(key);
        entry.place = { at: 'chunk', chunk };
      }
    }
  };
  const clear = async (which: Clearing): Promise<void> => {
    for (let isDone = false; !isDone; ) {
      const cleared = await backlog.clear(groupId, which);
      waiting -= cleared.messages;
      isDone = cleared.isDone;
    }
  };
  const close = async (): Promise<void> => {
    isClosing = true;
    while (writing !== undefined) await writing;
    isClosed = true;
  };

  return {
    count: () => Math.max(0, waiting),
    keep: (entry, dueMs) => move(entry, dueMs, false),
    secure: (entry, dueMs) => move(entry, dueMs, true),
    release(entry) {
      const { place } = entry;
      if (place.at === 'moving') place.staysInUse = false;
      if (place.at !== 'chunk') return;
      entry.place = DONE;
      inUse.delete(place.chunk.key);
    },
    finish(entry) {
      const { place } = entry;
      entry.place = DONE;
      leave(place);
    },
    take(nowMs, chunks) {
      // What is being dropped may still be read.
      if (expiring > 0) return [];
      const due = backlog.due(groupId, { nowMs, limit: chunks, except: inUse });
      return due.flatMap((chunk) => {
        inUse.add(chunk.key);
        return entriesOf(chunk, nowMs);
      });
    },
    async expire(dueBeforeMs) {
      expiring += 1;
      try {
        await clear({ dueBeforeMs, except: inUse });
      } finally {
        expiring -= 1;
      }
    },
    async drop() {
      await close();
      for (const { from } of moves) leave(from);
      moves = [];
      await clear({ except: NONE });
    },
    close,
  };
}

const DONE: Place = { at: 'done' };
const NONE: ReadonlySet<string> = new Set();

function entriesOf({ key, items }: BacklogChunk, nowMs: number): Entry[] {
  const chunk = { key, left: items.length };
  return items.map(({ message, deliveries }) => ({
    message,
    deliveries,
    arrivedAtMs: nowMs,
    place: { at: 'chunk', chunk },
  }));
}

/** Neighbours that are due at the same time share a chunk, unless they stay in use. */
function batchesOf(moves: readonly Move[]): Move[][] {
  const batches: Move[][] = [];
  let bytes = 0;
  for (const move of moves) {
    const last = batches.at(-1);
    const bodyBytes = move.entry.message.body.byteLength;
    bytes += bodyBytes;
    if (last?.[0] && bytes <= MOST_BYTES_IN_A_CHUNK && fits(move, last[0], last.length)) {
      last.push(move);
    } else {
      batches.push([move]);
      bytes = bodyBytes;
    }
  }
  return batches;
}

function fits(move: Move, first: Move, length: number): boolean {
  const isShared = !first.staysInUse && !move.staysInUse && first.dueMs === move.dueMs;
  return isShared && length < MOST_IN_A_CHUNK;
}

function newChunkOf(groupId: string, batch: readonly Move[]): NewChunk {
  return {
    groupId,
    dueMs: batch[0]?.dueMs ?? 0,
    items: batch.map(({ entry: { message, deliveries } }) => ({ message, deliveries })),
  };
}
