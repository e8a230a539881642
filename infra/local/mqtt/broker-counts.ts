/** What the broker has done since its start, by outcome: for metrics. */
export type BrokerCounts = {
  /** `success` or the kind of the refusal. */
  signIns: Tally;
  /** `taken`, `withheld` (no PUBACK) or `over-rate`, at which a message of QoS 1 is tried again. */
  uplinks: Tally;
  /** By Delivery. */
  downlinks: Tally;
};

type Tally = {
  count(outcome: string): void;
  entries(): Iterable<[outcome: string, count: number]>;
};

export function createBrokerCounts(): BrokerCounts {
  return { signIns: createTally(), uplinks: createTally(), downlinks: createTally() };
}

function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    count: (outcome) => {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    },
    entries: () => counts.entries(),
  };
}
