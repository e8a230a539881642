import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import { COLUMN_LAYOUTS } from '../../model/table-layouts.ts';
import { TABLE_NAMES } from '../../model/table-names.ts';
import type { TableName } from '../../model/tables.ts';
import type { ClientOptions, DynamodbClient } from './dynamodb-client.ts';
import { layoutOf, SORT } from './dynamodb-layout.ts';
import { EXPIRES_AT_SECONDS } from './dynamodb-stamps.ts';

/** `prefix` goes in front of every table's name. */
export type DynamodbTablesOptions = ClientOptions & { prefix: string };

/** Called once a table can be used; `created` is false for one that was there. */
export type TableProgress = (table: { tableName: string; created: boolean }) => void;

const POLL_MS = 500;
const MOST_POLLS = 600;

/**
 * Makes the tables that are missing, paid by request, and waits until all can be used. Running it
 * again changes nothing.
 * @throws Error for a table that is there and has another key.
 */
export async function createDynamodbTables(
  { prefix, ...options }: DynamodbTablesOptions,
  onProgress: TableProgress = () => undefined,
): Promise<void> {
  const { createDynamodbClient } = await import('./dynamodb-client.ts');
  const client = createDynamodbClient(options);
  try {
    const created = new Set<TableName>();
    for (const name of TABLE_NAMES) {
      if (await client.createTable(definition(prefix + name, name))) created.add(name);
    }
    for (const name of TABLE_NAMES) {
      const tableName = prefix + name;
      await waitUntilActive(client, tableName, name);
      // Nothing in a table of columns expires: its rows are their owner's.
      if (COLUMN_LAYOUTS[name] === undefined) {
        await client.enableExpiry(tableName, EXPIRES_AT_SECONDS);
      }
      onProgress({ tableName, created: created.has(name) });
    }
  } finally {
    client.destroy();
  }
}

function keysOf(name: TableName): { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[] {
  const { partitionKey, hasSort } = layoutOf(name);
  const hash = { AttributeName: partitionKey, KeyType: 'HASH' as const };
  return hasSort ? [hash, { AttributeName: SORT, KeyType: 'RANGE' }] : [hash];
}

function definition(table: string, name: TableName): CreateTableInput {
  const keys = keysOf(name);
  return {
    TableName: table,
    KeySchema: keys,
    AttributeDefinitions: keys.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' })),
    BillingMode: 'PAY_PER_REQUEST',
  };
}

async function waitUntilActive(client: DynamodbClient, table: string, name: TableName) {
  for (let poll = 0; poll < MOST_POLLS; poll += 1) {
    const described = await client.describeTable(table);
    const keys = described?.KeySchema?.map((key) => `${key.AttributeName} ${key.KeyType}`);
    const wanted = keysOf(name).map((key) => `${key.AttributeName} ${key.KeyType}`);
    if (keys !== undefined && keys.join() !== wanted.join()) {
      throw new Error(`table ${table} has the key ${keys.join(', ')}, not ${wanted.join(', ')}`);
    }
    if (described?.TableStatus === 'ACTIVE') return;
    await sleep(POLL_MS);
  }
  throw new Error(`table ${table} is not active after ${(POLL_MS * MOST_POLLS) / 1_000} s`);
}
