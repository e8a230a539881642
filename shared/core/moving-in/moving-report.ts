import type { Failure } from '../../model/failure.ts';

/** What became of one thing; in a dry run, what would have become of it. */
export type Outcome = 'added' | 'changed' | 'unchanged' | 'refused';

export type Counts = Record<Outcome, number>;

/** What belongs to devices. */
export const DEVICE_CONTENTS = ['values', 'shadows', 'desired', 'tags'] as const;

export type DeviceContent = (typeof DEVICE_CONTENTS)[number];

/**
 * The members of DeviceContent count devices by what became of theirs; those without any are in none of
 * the counts. Null where they were not asked for.
 */
export type ProductReport = Readonly<Record<DeviceContent, Counts | null>> & {
  productKey: string;
  productName: string;
  product: Outcome;
  thingModels: Counts;
  /** Custom topic classes. */
  topics: Counts;
  devices: Counts;
  /** What cannot be moved or could not be read, and why. */
  problems: readonly Problem[];
  /** What is good to know, and keeps nothing from being moved. */
  notes: readonly string[];
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
export type Tally = Omit<ProductReport, DeviceContent | 'problems' | 'notes'> &
  Record<DeviceContent, Counts> & {
    problems: Map<string, Problem>;
    notes: string[];
    /** The account has shown every device that it counts, in this run alone. */
    isWhole: boolean;
    /** Devices that were refused, and are here under their name. */
    refusedHere: number;
    /** A device was found that is in no index: an earlier run ended before it got there. */
    lacksIndexes: boolean;
  };

export function newTally(productKey: string): Tally {
  return {
    productKey,
    productName: '',
    product: 'unchanged',
    thingModels: noCounts(),
    topics: noCounts(),
    devices: noCounts(),
    values: noCounts(),
    shadows: noCounts(),
    desired: noCounts(),
    tags: noCounts(),
    problems: new Map(),
    notes: [],
    isResumed: false,
    isWhole: false,
    refusedHere: 0,
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

/** `asked`: what was asked for of devices. */
export function reportOf(tally: Tally, asked: ReadonlySet<DeviceContent>): ProductReport {
  const { productKey, productName, product, thingModels, topics, devices, notes, isResumed } =
    tally;
  const countsOf = (content: DeviceContent) => (asked.has(content) ? tally[content] : null);
  return {
    ...{ productKey, productName, product, thingModels, topics, devices },
    values: countsOf('values'),
    shadows: countsOf('shadows'),
    desired: countsOf('desired'),
    tags: countsOf('tags'),
    problems: [...tally.problems.values()],
    notes,
    isResumed,
  };
}

/** False too where devices were not listed or modules could not be read: each has its problem. */
export function isAllMoved(reports: readonly ProductReport[]): boolean {
  return reports.every(({ problems }) => problems.length === 0);
}

/** Whether anything was written of the product. */
export function hasMoved(tally: Tally): boolean {
  const { product, thingModels, topics, devices } = tally;
  if (product === 'added' || product === 'changed') return true;
  const contents = DEVICE_CONTENTS.map((content) => tally[content]);
  return [thingModels, topics, devices, ...contents].some(
    ({ added, changed }) => added + changed > 0,
  );
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
