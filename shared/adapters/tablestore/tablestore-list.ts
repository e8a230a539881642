import type { Range } from '../../ports/table.ts';
import { checkKeyPart, compareKeyParts } from '../../ports/table-keys.ts';
import { markKeyPart, PARTITION, SORT } from './tablestore-rows.ts';
import type { KeyBound, PrimaryKey, TablestoreSdk } from './tablestore-sdk.ts';

export type Bounds = {
  direction: 'FORWARD' | 'BACKWARD';
  inclusiveStartPrimaryKey: PrimaryKey;
  exclusiveEndPrimaryKey: PrimaryKey;
};

/** No key holds it: behind a sort key it makes the first string above that one. */
const NEXT = '\u0000';

/**
 * What the service is asked for: all of `range`, and perhaps the cursor itself or, when descending,
 * some records below `from`. Undefined where the range is empty, which the service refuses.
 */
export function boundsOf(sdk: TablestoreSdk, partition: string, range: Range): Bounds | undefined {
  const { from, to, cursor, descending = false } = range;
  for (const part of [partition, from ?? '', to ?? '', cursor ?? '']) checkKeyPart(part);
  const start = descending ? (cursor ?? to) : (cursor ?? from);
  const end = descending ? belowOf(from) : to === undefined ? undefined : to + NEXT;
  if (start !== undefined && end !== undefined) {
    const order = compareKeyParts(start, end);
    if (descending ? order <= 0 : order >= 0) return undefined;
  }
  const [first, last] = descending ? [sdk.INF_MAX, sdk.INF_MIN] : [sdk.INF_MIN, sdk.INF_MAX];
  const primaryKey = (sort: string | undefined, open: KeyBound): PrimaryKey => [
    { [PARTITION]: markKeyPart(partition) },
    { [SORT]: sort === undefined ? open : markKeyPart(sort) },
  ];
  return {
    direction: descending ? 'BACKWARD' : 'FORWARD',
    inclusiveStartPrimaryKey: primaryKey(start, first),
    exclusiveEndPrimaryKey: primaryKey(end, last),
  };
}

/** A string below `from`, and above most others that are: no string is the last one below it. */
function belowOf(from: string | undefined): string | undefined {
  if (from === undefined || from === '') return undefined;
  return [...from].slice(0, -1).join('');
}

/** The service may give more than the range, by its bounds. */
export function isWithin(sort: string, { from, cursor, descending }: Range): boolean {
  if (sort === cursor) return false;
  return !descending || from === undefined || compareKeyParts(sort, from) >= 0;
}
