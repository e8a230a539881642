import { type Ledger, lowestCursor } from './lmdb-ledger.ts';
import { type Log, lastPosition } from './lmdb-log.ts';

export type TrimmerParts = { log: Log; ledger: Ledger; retentionMs: number; nowMs(): number };

type Sample = { position: number; atMs: number };

const INTERVAL_MS = 1_000;
const MAX_RECORDS = 512;

/**
 * Deletes what every consumer has passed and what is older than the retention; the age is known
 * from positions noted once a second, so that records need no time. After a start it takes one
 * retention until something is deleted.
 */
export function createTrimmer({ log, ledger, retentionMs, nowMs }: TrimmerParts) {
  const samples: Sample[] = [];
  let oldEnough = 0;
  let nextAtMs = Number.NEGATIVE_INFINITY;

  return async (): Promise<void> => {
    if (nowMs() < nextAtMs) return;
    nextAtMs = nowMs() + INTERVAL_MS;
    samples.push({ position: lastPosition(log.records), atMs: nowMs() });
    for (;;) {
      const oldest = samples[0];
      if (oldest === undefined || oldest.atMs > nowMs() - retentionMs) break;
      oldEnough = oldest.position;
      samples.shift();
    }
    const passed = lowestCursor(ledger);
    if (passed === undefined || oldEnough === 0) return;
    const more = await log.trim(Math.min(passed, oldEnough), MAX_RECORDS);
    if (more) nextAtMs = nowMs();
  };
}
