/** One line of bench/results.json: what was measured against a baseline in the same run. */
export type Row = {
  name: string;
  baseline: string;
  /** Median over the rounds, in `unit`. */
  ratio: number;
  /** Absent for a ratio to the baseline. */
  unit?: Unit;
  /** What it should reach, and which side is good. */
  target: { atLeast: number } | { atMost: number } | undefined;
  rounds: number;
  /** Smallest and largest of a round. */
  spread: readonly [number, number];
  note?: string;
};

/** A difference to the baseline, or a size that is compared with nothing. */
type Unit = 'ms over baseline' | 'kB';

export type RowInput = Pick<Row, 'name' | 'baseline' | 'target' | 'unit' | 'note'> & {
  /** One of each round, in `unit`. */
  ratios: readonly number[];
};

export function rowOf({ ratios, ...about }: RowInput): Row {
  const spread = [Math.min(...ratios), Math.max(...ratios)] as const;
  return { ...about, ratio: median(ratios), rounds: ratios.length, spread };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
