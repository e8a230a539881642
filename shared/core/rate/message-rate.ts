/** Counts what a device sends, in this process only: the platform allows 30 messages a second and device (protocol.md 3.9). */
export type MessageRate = {
  /** False once the key has had its share of the second that began with its first message. */
  allow(key: string): boolean;
};

/** Protocol.md 3.9. */
export const MESSAGES_PER_SECOND = 30;

type Window = { startMs: number; count: number };

/**
 * Windows that are over are dropped in two generations, so that memory follows the devices that
 * were active in the last seconds without a timer or a sweep of the whole map.
 */
export function createMessageRate(options: {
  limitPerSecond: number;
  nowMs: () => number;
}): MessageRate {
  const { limitPerSecond, nowMs } = options;
  let young = new Map<string, Window>();
  let old = new Map<string, Window>();
  let turnedAtMs = Number.NEGATIVE_INFINITY;
  return {
    allow: (key) => {
      const now = nowMs();
      if (!isWithinSecond(now, turnedAtMs)) {
        old = young;
        young = new Map();
        turnedAtMs = now;
      }
      const window = young.get(key) ?? old.get(key);
      if (!window || !isWithinSecond(now, window.startMs)) {
        young.set(key, { startMs: now, count: 1 });
        return true;
      }
      window.count += 1;
      return window.count <= limitPerSecond;
    },
  };
}

/** A second that lies ahead was begun before the clock went back: it does not count. */
function isWithinSecond(nowMs: number, startMs: number): boolean {
  return nowMs >= startMs && nowMs - startMs < SECOND_MS;
}

const SECOND_MS = 1000;
