import { createMinuteRate } from './minute-rate.ts';

/** Messages that were accepted: those that came from the backlog, and those that were sent as they came. */
export type AcceptedRates = {
  count(isFromBacklog: boolean): void;
  perMinute(): { accumulatedPerMinute: number; realTimePerMinute: number };
  /** Null before the first. */
  lastAtMs(): number | null;
};

export function createAcceptedRates(nowMs: () => number): AcceptedRates {
  const accumulated = createMinuteRate(nowMs);
  const realTime = createMinuteRate(nowMs);
  let last: number | null = null;
  return {
    count(isFromBacklog) {
      last = nowMs();
      (isFromBacklog ? accumulated : realTime).count();
    },
    perMinute: () => ({
      accumulatedPerMinute: accumulated.perMinute(),
      realTimePerMinute: realTime.perMinute(),
    }),
    lastAtMs: () => last,
  };
}
