import type { QueryInput } from '@aws-sdk/client-dynamodb';
import type { Entry, Page, Range } from '../../ports/table.ts';
import { checkKeyPart, compareKeyParts } from '../../ports/table-keys.ts';
import type { DynamodbClient } from './dynamodb-client.ts';
import { ABOVE_EVERY_SORT, type Item, keyText, SORT, sortOf } from './dynamodb-layout.ts';
import { EXPIRES_AT_MS, versionOf } from './dynamodb-stamps.ts';
import { IS_LIVE, type Target } from './dynamodb-writes.ts';

type PageRequest = Target & { partition: string; range: Range };

/** `Limit` counts expired rows too: where those are many, small steps would never end. */
const LEAST_FURTHER_STEP = 100;

export async function readPage(
  client: DynamodbClient,
  request: PageRequest,
): Promise<Page<unknown>> {
  const { partition, range, layout } = request;
  checkKeyPart(partition);
  const bounds = boundsOf(range);
  if (bounds === undefined) return { records: [] };
  const entries: Entry<unknown>[] = [];
  for await (const item of items(client, queryOf(request, bounds), wanted(range))) {
    const sort = sortOf(item);
    if (sort === range.cursor) continue;
    const last = entries.at(-1);
    if (last !== undefined && entries.length === range.limit) {
      return { records: entries, cursor: last.sort };
    }
    entries.push({ sort, value: layout.decode(item), version: versionOf(item) });
  }
  return { records: entries };
}

/** One more than the page tells whether it is the last; the cursor's own record is read again. */
function wanted({ limit, cursor }: Range): number {
  return limit + (cursor === undefined ? 1 : 2);
}

/** Live items in order, until the caller has enough. */
async function* items(
  client: DynamodbClient,
  query: QueryInput,
  first: number,
): AsyncGenerator<Item, void, void> {
  let Limit = first;
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await client.query({ ...query, Limit, ExclusiveStartKey });
    yield* page.Items ?? [];
    ExclusiveStartKey = page.LastEvaluatedKey;
    Limit = Math.max(first, LEAST_FURTHER_STEP);
  } while (ExclusiveStartKey !== undefined);
}

type Bounds = { low: string; high: string };

/** Undefined where nothing can be between: the service refuses such a range. */
function boundsOf({ from = '', to, cursor, descending = false }: Range): Bounds | undefined {
  const start = descending ? from : (cursor ?? from);
  const end = descending ? (cursor ?? to) : to;
  if (end !== undefined && compareKeyParts(start, end) > 0) return undefined;
  return { low: keyText(start), high: end === undefined ? ABOVE_EVERY_SORT : keyText(end) };
}

function queryOf(
  { tableName, layout, partition, nowMs, range }: PageRequest,
  bounds: Bounds,
): QueryInput {
  return {
    TableName: tableName,
    ConsistentRead: true,
    ScanIndexForward: !range.descending,
    KeyConditionExpression: '#key = :key AND #sort BETWEEN :low AND :high',
    FilterExpression: IS_LIVE,
    ExpressionAttributeNames: {
      '#key': layout.partitionKey,
      '#sort': SORT,
      '#expiresAtMs': EXPIRES_AT_MS,
    },
    ExpressionAttributeValues: {
      ':key': { S: keyText(partition) },
      ':low': { S: bounds.low },
      ':high': { S: bounds.high },
      ':now': { N: String(nowMs) },
    },
  };
}
