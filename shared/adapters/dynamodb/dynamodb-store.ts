import type { TableName, TableRecords } from '../../model/tables.ts';
import type { Store, Table } from '../../ports/table.ts';
import type { ClientOptions, DynamodbClient } from './dynamodb-client.ts';
import { layoutOf } from './dynamodb-layout.ts';
import { createDynamodbTable } from './dynamodb-table.ts';

export type DynamodbStoreOptions = ClientOptions & {
  /** In front of every table's name. */
  prefix: string;
  nowMs(): number;
};

/** Tables of DynamoDB, which createDynamodbTables has made. Loads the SDK at the first verb. */
export function createDynamodbStore({ prefix, nowMs, ...options }: DynamodbStoreOptions): Store {
  let opening: Promise<DynamodbClient> | undefined;
  let closed = false;
  const client = (): Promise<DynamodbClient> => {
    if (closed) return Promise.reject(new Error('the store is closed'));
    opening ??= openClient(options);
    return opening;
  };
  return {
    table<Name extends TableName>(name: Name): Table<TableRecords[Name]> {
      const parts = { tableName: prefix + name, layout: layoutOf(name), client, nowMs };
      // Items are untyped by nature; the table name says what its records are.
      return createDynamodbTable(parts) as Table<TableRecords[Name]>;
    },
    async close() {
      closed = true;
      // An SDK that did not load was told of to whoever asked for it.
      (await opening?.catch(() => undefined))?.destroy();
    },
  };
}

async function openClient(options: ClientOptions): Promise<DynamodbClient> {
  const { createDynamodbClient } = await import('./dynamodb-client.ts');
  return createDynamodbClient(options);
}
