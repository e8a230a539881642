import { ok, type Result, refuse } from '../../model/failure.ts';

/** Refuses `timestamp-outside-window`. A timestamp is optional; one that is sent has to be this fresh (protocol.md 1.2). */
export function checkTimestamp(timestampMs: number | undefined, nowMs: number): Result<void> {
  const skewMs = timestampMs === undefined ? 0 : timestampMs - nowMs;
  if (Math.abs(skewMs) <= WINDOW_MS) return ok(undefined);
  return refuse({ kind: 'timestamp-outside-window', skewMs });
}

const WINDOW_MS = 15 * 60 * 1000;
