import type { BacklogChunk, GroupBacklog, NewChunk } from '../../../shared/ports/group-backlog.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Chunk, Entry } from './entry.ts';

/** What one group keeps in the backlog. */
export type GroupStore = {
  /** Messages that lie there or are being put there. */
  count(): number;
  /** Puts an entry there, to be due at a time, unless it is done before. `alone`: it may be done before the others. */
  keep(entry: Entry, dueMs: number, alone: boolean): void;
  /** The entry needs no more care, wherever it lies. */
  finish(entry: Entry): void;
  /** Entries of the oldest chunks that are due and were not taken yet. */
  take(nowMs: number, chunks: number): readonly Entry[];
  /** Drops what was due before a time. */
  clear(dueBeforeMs?: number): Promise<void>;
  /** Resolves when all that was asked for is done. */
  flushed(): Promise<void>;
};

type Options = {
  groupId: string;
  backlog: GroupBacklog;
  /** Messages that lie there already. */
  count: number;
  log: Log;
};

type Move = { entry: Entry; from: Entry['place']; dueMs: number; alone: boolean };

const MOST_IN_A_CHUNK = 64;
const AFTER_FAULT_MS = 1000;

/**
 * Writes are gathered for a turn of the event loop and follow one another. An entry that is moved stays
 * where it was until the write is durable, so a crash in between only has it come twice.
 */
export function createGroupStore({ groupId, backlog, count, log }: Options): GroupStore {
  let moves: Move[] = [];
  let removed: string[] = [];
  let writing: Promise<void> | undefined;
  let waiting = count;
  const taken = new Set<string>();

  const leave = (place: Entry['place']): void => {
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
    writing ??= writeAll().finally(() => {
      writing = undefined;
      if (moves.length > 0 || removed.length > 0) start();
    });
  };
  const writeAll = async (): Promise<void> => {
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
      for (const key of remove) taken.delete(key);
    } catch (error) {
      log.error(
        { consumerGroupId: groupId, error },
        'the backlog of a consumer group cannot be written',
      );
      moves = [...open, ...moves];
      removed = [...remove, ...removed];
      await new Promise((resolve) => setTimeout(resolve, AFTER_FAULT_MS));
    }
  };
  const arrive = (batch: readonly Move[], key: string): void => {
    const chunk: Chunk = { key, left: batch.length };
    waiting += batch.length;
    for (const { entry, from } of batch) {
      leave(from);
      if (entry.place.at === 'moving') entry.place = { at: 'chunk', chunk };
      else leave({ at: 'chunk', chunk });
    }
  };

  return {
    count: () => Math.max(0, waiting),
    keep(entry, dueMs, alone) {
      if (entry.place.at === 'moving' || entry.place.at === 'done') return;
      moves.push({ entry, from: entry.place, dueMs, alone });
      entry.place = { at: 'moving' };
      start();
    },
    finish(entry) {
      const { place } = entry;
      entry.place = { at: 'done' };
      leave(place);
    },
    take(nowMs, chunks) {
      const due = backlog.due(groupId, { nowMs, limit: chunks, except: taken });
      return due.flatMap((chunk) => {
        taken.add(chunk.key);
        return entriesOf(chunk, nowMs);
      });
    },
    async clear(dueBeforeMs) {
      waiting -= await backlog.clear(groupId, dueBeforeMs);
    },
    async flushed() {
      while (writing !== undefined) await writing;
    },
  };
}

function entriesOf({ key, items }: BacklogChunk, nowMs: number): Entry[] {
  const chunk = { key, left: items.length };
  return items.map(({ message, deliveries }) => ({
    message,
    deliveries,
    arrivedAtMs: nowMs,
    place: { at: 'chunk', chunk },
  }));
}

/** Neighbours that are due at the same time share a chunk. */
function batchesOf(moves: readonly Move[]): Move[][] {
  const batches: Move[][] = [];
  for (const move of moves) {
    const last = batches.at(-1);
    const [first] = last ?? [];
    const fits =
      first &&
      !first.alone &&
      !move.alone &&
      first.dueMs === move.dueMs &&
      (last?.length ?? 0) < MOST_IN_A_CHUNK;
    if (fits) last?.push(move);
    else batches.push([move]);
  }
  return batches;
}

function newChunkOf(groupId: string, batch: readonly Move[]): NewChunk {
  return {
    groupId,
    dueMs: batch[0]?.dueMs ?? 0,
    items: batch.map(({ entry: { message, deliveries } }) => ({ message, deliveries })),
  };
}
