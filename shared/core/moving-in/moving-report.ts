import type { Failure } from '../../model/failure.ts';

/** What became of one thing; in a dry run, what would have become of it. */
export type Outcome = 'added' | 'changed' | 'unchanged' | 'refused';

export type Counts = Record<Outcome, number>;

export type ProductReport = {
  productKey: string;
  productName: string;
  product: Outcome;
  thingModels: Counts;
  devices: Counts;
  /** Devices by what became of their last values; those that never signed in have none. */
  values: Counts;
  /** What cannot be moved or could not be read, and why. */
  problems: readonly Problem[];
  /** What an interrupted run had moved before is in none of the counts. */
  isResumed: boolean;
};

type Problem = {
  reason: string;
  count: number;
  /** The first of them: device names, or modules of the thing model. Empty for the product itself. */
  examples: readonly string[];
};

/** A report that is being written. */
export type Tally = Omit<ProductReport, 'problems'> & {
  problems: Map<string, Problem>;
  /** A device was found that is in no index: an earlier run ended before it got there. */
  lacksIndexes: boolean;
};

export function newTally(productKey: string): Tally {
  return {
    productKey,
    productName: '',
    product: 'unchanged',
    thingModels: noCounts(),
    devices: noCounts(),
    values: noCounts(),
    problems: new Map(),
    isResumed: false,
    lacksIndexes: false,
  };
}

const noCounts = (): Counts => ({ added: 0, changed: 0, unchanged: 0, refused: 0 });

export function noteProblem(tally: Tally, reason: string, name?: string): void {
  const problem = tally.problems.get(reason) ?? { reason, count: 0, examples: [] };
  const isShown = name !== undefined && problem.examples.length < MOST_EXAMPLES;
  const examples = isShown ? [...problem.examples, name] : problem.examples;
  tally.problems.set(reason, { reason, count: problem.count + 1, examples });
}

export function reportOf({ problems, lacksIndexes: _, ...tally }: Tally): ProductReport {
  return { ...tally, problems: [...problems.values()] };
}

const MOST_EXAMPLES = 20;

/** What an account refused, in words; the codes are the account's (protocol.md 7.5). */
export function refusalText(failure: Failure): string {
  switch (failure.kind) {
    case 'identity-source-refused':
      return `the account refuses it: ${failure.code} ${failure.message}`.trim();
    case 'identity-source-throttled':
      return `the account limits the number of calls, also after ${failure.attempts} attempts`;
    case 'invalid-thing-model':
    case 'invalid-parameter':
      return failure.reason;
    default:
      return failure.kind;
  }
}
