import type { Message } from '../model/message.ts';

/**
 * What consumer groups have still to get and could not be given as it came. Kept in chunks of
 * messages of one group that are due at one time. One process at a time may use it.
 */
export type GroupBacklog = {
  /**
   * Resolves when all of it is durable, with the keys of the new chunks in their order. All or nothing:
   * a rejection has changed nothing.
   */
  write(change: BacklogChange): Promise<readonly string[]>;
  /** Chunks whose time has come, in the order in which they were due and then written, without those of `except`. */
  due(groupId: string, query: DueQuery): readonly BacklogChunk[];
  /** Messages that wait, by group, due or not. Counted anew by reading: for a start. */
  counts(): ReadonlyMap<string, number>;
  /** Drops the group's chunks that were due before a time, by default all. Returns how many messages that were. */
  clear(groupId: string, dueBeforeMs?: number): Promise<number>;
  close(): Promise<void>;
};

export type BacklogChange = { add: readonly NewChunk[]; remove: readonly string[] };

export type NewChunk = { groupId: string; dueMs: number; items: readonly BacklogItem[] };

/** `deliveries`: how often it was sent to a consumer that did not accept it. */
export type BacklogItem = { message: Message; deliveries: number };

export type DueQuery = { nowMs: number; limit: number; except: ReadonlySet<string> };

export type BacklogChunk = { key: string; items: readonly BacklogItem[] };
