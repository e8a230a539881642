import type { SeenRecord } from '../../model/tables.ts';
import type { Table } from '../../ports/table.ts';

/**
 * Counts the sign-ins of one device (protocol.md 3.9). Ask it only once the password was found right:
 * else anybody could use up what a device has.
 */
export type ConnectRate = {
  limitPerMinute: number;
  /** False once the key has had its share of the current minute. */
  allow(key: string): boolean | Promise<boolean>;
};

type LocalOptions = { limitPerMinute: number; nowMs: () => number };

/** For a broker that is one process. */
export function createLocalConnectRate({ limitPerMinute, nowMs }: LocalOptions): ConnectRate {
  const countsOf = createMinuteCounts(nowMs);
  return {
    limitPerMinute,
    allow: (key) => {
      const { counts } = countsOf();
      const count = (counts.get(key) ?? 0) + 1;
      if (count <= limitPerMinute) counts.set(key, count);
      return count <= limitPerMinute;
    },
  };
}

/**
 * For instances that share a store: a minute has as many slots as a device has sign-ins, and a sign-in
 * takes one by a conditional insert. The limit is exact. An instance begins behind the slots that it
 * knows to be taken, so it tries in vain at most once for each sign-in of the device elsewhere.
 */
export function createSharedConnectRate(
  options: LocalOptions & { seen: Table<SeenRecord> },
): ConnectRate {
  const { limitPerMinute, nowMs, seen } = options;
  const countsOf = createMinuteCounts(nowMs);
  return {
    limitPerMinute,
    allow: async (key) => {
      const { minute, counts } = countsOf();
      const partition = `mqtt-connects/${key}/${minute}`;
      const expiresAtMs = (minute + KEPT_MINUTES) * MINUTE_MS;
      for (let slot = counts.get(key) ?? 0; slot < limitPerMinute; slot += 1) {
        const sort = String(slot);
        const taken = await seen.insert(
          { partition, sort },
          { seenAtMs: nowMs() },
          { expiresAtMs },
        );
        counts.set(key, Math.max(counts.get(key) ?? 0, slot + 1));
        if (taken) return true;
      }
      return false;
    },
  };
}

type MinuteCounts = { minute: number; counts: Map<string, number> };

/** Of the current minute alone: who came in an earlier one is forgotten. */
function createMinuteCounts(nowMs: () => number): () => MinuteCounts {
  let current: MinuteCounts = { minute: Number.NaN, counts: new Map() };
  return () => {
    const minute = Math.floor(nowMs() / MINUTE_MS);
    if (minute !== current.minute) current = { minute, counts: new Map() };
    return current;
  };
}

const MINUTE_MS = 60_000;
/** An instance whose clock is behind still finds the slots of its minute. */
const KEPT_MINUTES = 3;
