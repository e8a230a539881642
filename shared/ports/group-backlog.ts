import type { Message } from '../model/message.ts';

/**
 * What consumer groups have still to get and could not be given as it came. Kept in chunks of
 * messages of one group that are due at one time. One process at a time may use it.
 */
export type GroupBacklog = {
  /**
   * Resolves when all of it is durable, with the keys of the new chunks in their order. A rejection has
   * changed nothing, or, where the disk failed behind the commit, all of it.
   */
  write(change: BacklogChange): Promise<readonly string[]>;
  /**
   * Chunks whose time has come, in the order in which they were due and then written, without those of
   * `except`; then those that are due over two minutes from now, because the clock was put back.
   */
  due(groupId: string, query: DueQuery): readonly BacklogChunk[];
  /** Messages that wait, by group, due or not. Counted anew by reading: for a start. */
  counts(): ReadonlyMap<string, number>;
  /** Drops a thousand chunks of the group, to be called until it is done. */
  clear(groupId: string, which: Clearing): Promise<Cleared>;
  close(): Promise<void>;
};

type BacklogChange = { add: readonly NewChunk[]; remove: readonly string[] };

/** `dueMs`: a minute from now at the latest. */
export type NewChunk = { groupId: string; dueMs: number; items: readonly BacklogItem[] };

/** `deliveries`: how often it was sent to a consumer that did not accept it. */
export type BacklogItem = { message: Message; deliveries: number };

type DueQuery = { nowMs: number; limit: number; except: ReadonlySet<string> };

/** Without a time all chunks. */
export type Clearing = { dueBeforeMs?: number; except: ReadonlySet<string> };

/** How many messages were dropped. */
type Cleared = { messages: number; isDone: boolean };

export type BacklogChunk = { key: string; items: readonly BacklogItem[] };
