import type { Forwarded } from './forwarded.ts';

/**
 * The messages that are not settled yet, and how many more there is room for: the window less those that
 * take part in calls. Those that wait leave their place to others, so that they hold up nobody, up to
 * MOST_WAITING.
 */
export type InHand = {
  add(item: Forwarded): void;
  /** Does nothing with what is settled. */
  setWaiting(item: Forwarded, isWaiting: boolean): void;
  /** False if it was gone already: whatever comes of it now comes too late. */
  remove(item: Forwarded): boolean;
  free(): number;
  all(): readonly Forwarded[];
  count(): number;
  /** Resolves when there is none, now or later. */
  empty(): Promise<void>;
};

/** `onFree` is told after each change that may have made room. */
export function createInHand(window: number, onFree: () => void): InHand {
  // No Set: V8 keeps the tables that a busy one has outgrown, and what was in them, for long.
  const items: Forwarded[] = [];
  let waiting = 0;
  let bytes = 0;
  let tellEmpty: (() => void)[] = [];
  const count = ({ isWaiting, message }: Forwarded, by: 1 | -1): void => {
    if (isWaiting) waiting += by;
    bytes += by * message.body.byteLength;
  };
  /** The last one takes its place. */
  const takeOut = (item: Forwarded): void => {
    const last = items.pop();
    if (last && last !== item) {
      items[item.place] = last;
      last.place = item.place;
    }
    item.place = -1;
  };
  return {
    add: (item) => {
      item.place = items.push(item) - 1;
      count(item, 1);
    },
    setWaiting: (item, isWaiting) => {
      if (item.isWaiting === isWaiting || item.place < 0) return;
      item.isWaiting = isWaiting;
      waiting += isWaiting ? 1 : -1;
      if (isWaiting) onFree();
    },
    remove: (item) => {
      if (item.place < 0) return false;
      takeOut(item);
      count(item, -1);
      onFree();
      if (items.length > 0) return true;
      for (const tell of tellEmpty) tell();
      tellEmpty = [];
      return true;
    },
    free: () => {
      if (bytes > MOST_BYTES) return 0;
      const active = items.length - waiting;
      return Math.max(0, window - active - Math.max(0, waiting - MOST_WAITING));
    },
    all: () => [...items],
    count: () => items.length,
    empty: () =>
      new Promise((resolve) => {
        if (items.length === 0) resolve();
        else tellEmpty.push(resolve);
      }),
  };
}

/** When so many wait, nearly all of them do, and the source had better keep the rest. */
const MOST_WAITING = 4096;
const MOST_BYTES = 64 * 1024 * 1024;
