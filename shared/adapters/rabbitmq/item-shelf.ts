import type { Message } from '../../model/message.ts';
import type { Taken } from './bus-intake.ts';
import { failureOf, messageOf } from './bus-message.ts';

/** A message to be handed over, for the first time or again: so many `attempts` were made before. */
export type Item = { message: Message; attempts: number; dueMs: number; taken: Taken };

/** What has been taken from a queue and not been handed over yet. */
export type ItemShelf = {
  add(taken: Taken): void;
  /** Of those that are due, the ones that came first. */
  take(most: number, nowMs: number): Item[];
  size(): number;
  /** Of the item that is due first; Infinity if there is none. */
  nextDueMs(): number;
};

export function createItemShelf(): ItemShelf {
  let items: Item[] = [];
  return {
    add(taken) {
      const { attempts, dueMs } = failureOf(taken.parcel);
      items.push({ message: messageOf(taken.parcel), attempts, dueMs, taken });
    },
    take(most, nowMs) {
      // The broker gives these to somebody again.
      items = items.filter(({ taken }) => !taken.isLost());
      const due = items.filter(({ dueMs }) => dueMs <= nowMs).slice(0, most);
      const isTaken = new Set(due);
      items = items.filter((item) => !isTaken.has(item));
      return due;
    },
    size: () => items.length,
    nextDueMs: () =>
      items.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY),
  };
}
