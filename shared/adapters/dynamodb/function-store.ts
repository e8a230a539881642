import type { Store } from '../../ports/table.ts';
import { createDynamodbStore } from './dynamodb-store.ts';

/** `#store` of a bundle built for DynamoDB. Every process with the same tables sees the same records. */
export function openFunctionStore(options: {
  tables: { prefix: string; dynamodb: { endpoint?: string; region?: string } };
  nowMs: () => number;
}): Store {
  const { tables, nowMs } = options;
  return createDynamodbStore({ ...tables.dynamodb, prefix: tables.prefix, nowMs });
}
