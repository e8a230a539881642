import { dropOldest } from './drop-oldest.ts';

/**
 * Keeps what `load` returned for `ttlMs`, so that a change made by any process shows within that
 * time. Absent values are not kept: a record is visible as soon as it is written.
 */
export type ExpiringCache<T> = {
  /** A kept value at once, without a promise: this is the hot path. Concurrent calls for one key share one load. */
  get(key: string): T | undefined | Promise<T | undefined>;
  /** Loads again, unless the kept value or the load under way is of `notBeforeMs` or later. */
  refresh(key: string, notBeforeMs: number): Promise<T | undefined>;
};

export type CacheOptions<T> = {
  load: (key: string) => Promise<T | undefined>;
  nowMs: () => number;
  ttlMs: number;
  /** Most values kept; the oldest goes first. */
  capacity: number;
};

type Kept<T> = { value: T; loadedAtMs: number };

type Load<T> = { startedAtMs: number; result: Promise<T | undefined> };

export function createExpiringCache<T>(options: CacheOptions<T>): ExpiringCache<T> {
  const { nowMs, ttlMs, capacity } = options;
  const kept = new Map<string, Kept<T>>();
  const loading = new Map<string, Load<T>>();

  const keep = (key: string, value: T | undefined, loadedAtMs: number): void => {
    kept.delete(key);
    if (value !== undefined) kept.set(key, { value, loadedAtMs });
    if (kept.size > capacity) dropOldest(kept);
  };
  const startLoad = (key: string): Promise<T | undefined> => {
    const load = { startedAtMs: nowMs(), result: options.load(key) };
    loading.set(key, load);
    // Only the load that began last is kept: one before it may end later, with an older value.
    const end = (): boolean => loading.get(key) === load && loading.delete(key);
    load.result.then((value) => {
      if (end()) keep(key, value, load.startedAtMs);
    }, end);
    return load.result;
  };
  /** A value from the future was kept before the clock went back: its age is not known. */
  const isYoung = ({ loadedAtMs }: Kept<T>): boolean => {
    const ageMs = nowMs() - loadedAtMs;
    return ageMs >= 0 && ageMs < ttlMs;
  };
  return {
    get: (key) => {
      const found = kept.get(key);
      if (found && isYoung(found)) return found.value;
      return loading.get(key)?.result ?? startLoad(key);
    },
    refresh: async (key, notBeforeMs) => {
      const found = kept.get(key);
      if (found && isYoung(found) && found.loadedAtMs >= notBeforeMs) return found.value;
      const underWay = loading.get(key);
      return underWay && underWay.startedAtMs >= notBeforeMs ? underWay.result : startLoad(key);
    },
  };
}
