import type { ThingStateRecord } from '../../model/tables.ts';

export type LatestValue = ThingStateRecord['properties'][string];

/** To be changed. Without a prototype, so that a property may be called `constructor` or `__proto__`. */
export function copyValues(
  values: ThingStateRecord['properties'] | undefined,
): Record<string, LatestValue> {
  return Object.assign(Object.create(null), values);
}

/** Later in the device's time; within one millisecond the later message. */
export function isLater(candidate: LatestValue, present: LatestValue): boolean {
  const [later, earlier] = [measuredAtMs(candidate), measuredAtMs(present)];
  if (later !== earlier) return later > earlier;
  return BigInt(candidate.messageId) > BigInt(present.messageId);
}

/** Nothing is measured after it arrived: else a clock that runs ahead once would hold the value for good. */
function measuredAtMs({ time, arrivedAtMs }: LatestValue): number {
  return Math.min(time, arrivedAtMs);
}
