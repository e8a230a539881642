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
  const items = new Set<Forwarded>();
  let waiting = 0;
  let bytes = 0;
  let tellEmpty: (() => void)[] = [];
  const count = ({ isWaiting, message }: Forwarded, by: 1 | -1): void => {
    if (isWaiting) waiting += by;
    bytes += by * message.body.byteLength;
  };
  return {
    add: (item) => {
      items.add(item);
      count(item, 1);
    },
    setWaiting: (item, isWaiting) => {
      if (item.isWaiting === isWaiting || !items.has(item)) return;
      item.isWaiting = isWaiting;
      waiting += isWaiting ? 1 : -1;
      if (isWaiting) onFree();
    },
    remove: (item) => {
      if (!items.delete(item)) return false;
      count(item, -1);
      onFree();
      if (items.size > 0) return true;
      for (const tell of tellEmpty) tell();
      tellEmpty = [];
      return true;
    },
    free: () => {
      if (bytes > MOST_BYTES) return 0;
      const active = items.size - waiting;
      return Math.max(0, window - active - Math.max(0, waiting - MOST_WAITING));
    },
    all: () => [...items],
    count: () => items.size,
    empty: () =>
      new Promise((resolve) => {
        if (items.size === 0) resolve();
        else tellEmpty.push(resolve);
      }),
  };
}

/** When so many wait, nearly all of them do, and the source had better keep the rest. */
const MOST_WAITING = 4096;
const MOST_BYTES = 64 * 1024 * 1024;
