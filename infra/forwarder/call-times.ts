/** How long calls took, by rule and outcome. */
export type CallTimes = {
  observe(outcome: string, rule: string, tookMs: number): void;
  /** As a histogram in Prometheus' text format. */
  text(): string;
};

/** `buckets`: up to a bound and over the one before it. */
type Times = { rule: string; outcome: string; buckets: number[]; count: number; sumMs: number };

const NAME = 'mooring_forwarder_call_seconds';
const BOUNDS_MS = [5, 20, 50, 100, 300, 1000, 3000, 10_000, 30_000];

export function createCallTimes(): CallTimes {
  const byRule = new Map<string, Map<string, Times>>();
  const timesOf = (rule: string, outcome: string): Times => {
    const times = { rule, outcome, buckets: BOUNDS_MS.map(() => 0), count: 0, sumMs: 0 };
    byRule.set(rule, (byRule.get(rule) ?? new Map<string, Times>()).set(outcome, times));
    return times;
  };
  return {
    observe: (outcome, rule, tookMs) => {
      const times = byRule.get(rule)?.get(outcome) ?? timesOf(rule, outcome);
      times.count += 1;
      times.sumMs += tookMs;
      const index = BOUNDS_MS.findIndex((boundMs) => tookMs <= boundMs);
      if (index >= 0) times.buckets[index] = (times.buckets[index] ?? 0) + 1;
    },
    text: () => {
      const all = [...byRule.values()].flatMap((ofRule) => [...ofRule.values()]);
      return [HELP, TYPE, ...all.flatMap(linesOf), ''].join('\n');
    },
  };
}

const HELP = `# HELP ${NAME} Calls of targets by rule and outcome: done, some-failed, throttled, failed or refused.`;
const TYPE = `# TYPE ${NAME} histogram`;

/** Names of rules and outcomes have nothing in them that would have to be escaped. */
function linesOf({ rule, outcome, buckets, count, sumMs }: Times): string[] {
  const labels = `rule="${rule}",outcome="${outcome}"`;
  let below = 0;
  return [
    ...BOUNDS_MS.map((boundMs, index) => {
      below += buckets[index] ?? 0;
      return `${NAME}_bucket{le="${boundMs / 1000}",${labels}} ${below}`;
    }),
    `${NAME}_bucket{le="+Inf",${labels}} ${count}`,
    `${NAME}_sum{${labels}} ${sumMs / 1000}`,
    `${NAME}_count{${labels}} ${count}`,
  ];
}
