import type { Log, LogFields } from '../../ports/log.ts';

/** Warns of what may happen a thousand times a second. */
export type LimitedLog = (key: string, fields: LogFields, message: string) => void;

/** In a minute so many lines under each key; the first one of a later minute says how many were left out. */
export function createLimitedLog(
  { log, nowMs }: { log: Log; nowMs: () => number },
  linesPerMinute: number,
): LimitedLog {
  let minute = Number.NaN;
  let counts = new Map<string, number>();
  let leftOut = new Map<string, number>();
  return (key, fields, message) => {
    const thisMinute = Math.floor(nowMs() / MINUTE_MS);
    if (thisMinute !== minute) {
      minute = thisMinute;
      leftOut = new Map([...counts].map(([name, count]) => [name, count - linesPerMinute]));
      counts = new Map();
    }
    const count = (counts.get(key) ?? 0) + 1;
    if (count > 1 || counts.size < MOST_KEYS) counts.set(key, count);
    if (count > linesPerMinute || !counts.has(key)) return;
    const before = count === 1 ? (leftOut.get(key) ?? 0) : 0;
    log.warn(before > 0 ? { ...fields, notLoggedBefore: before } : fields, message);
  };
}

const MINUTE_MS = 60_000;
const MOST_KEYS = 200;
