import { type Condition, filters } from './messages.ts';
import { type CellValue, readPlainValue } from './plain-buffer.ts';
import { invalid, Refused } from './refused.ts';

export type Columns = ReadonlyMap<string, CellValue>;

const EXISTENCE = { ignore: 0, expectExist: 1, expectNotExist: 2 } as const;
const FILTER = { single: 1, composite: 2 } as const;
const OPERATOR = { not: 1, and: 2, or: 3 } as const;

/** @throws Refused where the row is not as the condition wants it. */
export function checkCondition(condition: Condition, standing: Columns | undefined): void {
  const { rowExistence, columnCondition } = condition;
  const exists = standing !== undefined;
  const isExpected =
    rowExistence === EXISTENCE.ignore || (rowExistence === EXISTENCE.expectExist) === exists;
  const holds = passes(columnCondition, standing ?? new Map());
  if (!isExpected || !holds) {
    throw new Refused(403, 'OTSConditionCheckFail', 'Condition check failed.');
  }
}

/** No filter, or an empty one, lets everything pass. */
export function passes(filter: Uint8Array, columns: Columns): boolean {
  return filter.length === 0 || evaluate(filters.Filter.decode(filter), columns);
}

function evaluate(
  { type, filter }: { type: number; filter: Uint8Array },
  columns: Columns,
): boolean {
  if (type === FILTER.single) return evaluateSingle(filter, columns);
  if (type === FILTER.composite) return evaluateComposite(filter, columns);
  throw invalid(`Filter type ${type} is not served here.`);
}

function evaluateComposite(bytes: Uint8Array, columns: Columns): boolean {
  const { combinator, subFilters } = filters.CompositeColumnValueFilter.decode(bytes);
  const results = subFilters.map((filter) => evaluate(filter, columns));
  if (combinator === OPERATOR.and && results.length >= 2) return results.every(Boolean);
  if (combinator === OPERATOR.or && results.length >= 2) return results.some(Boolean);
  if (combinator === OPERATOR.not && results.length === 1) return results[0] === false;
  throw invalid(`Combinator ${combinator} does not take ${results.length} filters.`);
}

function evaluateSingle(bytes: Uint8Array, columns: Columns): boolean {
  const filter = filters.SingleColumnValueFilter.decode(bytes);
  const held = columns.get(filter.columnName);
  if (held === undefined) return !filter.filterIfMissing;
  const wanted = readPlainValue(filter.columnValue);
  // Values of two types are never equal, greater or less.
  if (typeof held !== typeof wanted) return filter.comparator === 2;
  return compare(filter.comparator, order(held, wanted));
}

function compare(comparator: number, sign: number): boolean {
  switch (comparator) {
    case 1:
      return sign === 0;
    case 2:
      return sign !== 0;
    case 3:
      return sign > 0;
    case 4:
      return sign >= 0;
    case 5:
      return sign < 0;
    case 6:
      return sign <= 0;
    default:
      throw invalid(`Comparator ${comparator} is unknown.`);
  }
}

function order(held: CellValue, wanted: CellValue): number {
  if (typeof held === 'string')
    return Buffer.compare(Buffer.from(held), Buffer.from(String(wanted)));
  return held < wanted ? -1 : Number(held > wanted);
}
