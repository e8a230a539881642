/** Both as in PopClientOptions. */
type Clock = { nowMs(): number; waitMs(ms: number): Promise<void> };

/** Waits until the next call may be made; callers that wait go in the order in which they asked. */
export type Pace = () => Promise<void>;

/** Spreads calls evenly; without a limit nobody waits. */
export function createPace(callsPerSecond: number | undefined, { nowMs, waitMs }: Clock): Pace {
  if (callsPerSecond === undefined) return async () => undefined;
  const gapMs = 1000 / callsPerSecond;
  let freeAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const askedMs = nowMs();
    const startMs = Math.max(askedMs, freeAtMs);
    freeAtMs = startMs + gapMs;
    if (startMs > askedMs) await waitMs(startMs - askedMs);
  };
}
