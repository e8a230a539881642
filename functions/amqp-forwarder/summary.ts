import type { ForwarderMetrics } from '../../shared/core/forwarding/forwarded.ts';

/** Messages by what became of them. */
export type Summary = {
  accepted: number;
  released: number;
  rejected: number;
  deadLettered: number;
  unmatched: number;
};

/** Counts the messages of one run. */
export function createSummary(): { metrics: ForwarderMetrics; summary(): Summary } {
  const counts = new Map<string, number>();
  const count = (settlement: string) => counts.get(settlement) ?? 0;
  return {
    metrics: {
      settled: (settlement) => counts.set(settlement, count(settlement) + 1),
      called: () => undefined,
    },
    summary: () => ({
      accepted: count('accepted'),
      released: count('released'),
      rejected: count('rejected'),
      deadLettered: count('dead-lettered'),
      unmatched: count('unmatched'),
    }),
  };
}
