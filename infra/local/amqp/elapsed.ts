/** True as well where the clock was put back by as much: nothing waits until it is that late again. */
export function hasPassed(spanMs: number, { sinceMs, nowMs }: { sinceMs: number; nowMs: number }) {
  return Math.abs(nowMs - sinceMs) >= spanMs;
}
