import type { TableName, TableRecords } from '../../model/tables.ts';
import type { Store, Table } from '../../ports/table.ts';
import { createTablestoreClient, type TablestoreClientOptions } from './tablestore-client.ts';
import { rowLayout } from './tablestore-rows.ts';
import { createTablestoreTable } from './tablestore-table.ts';

export type TablestoreStoreOptions = TablestoreClientOptions & {
  /** In front of every table's name. */
  prefix: string;
  nowMs(): number;
};

/** Tables of one instance, which tablestore-tables.ts has made. Loads the SDK at the first verb. */
export function createTablestoreStore(options: TablestoreStoreOptions): Store {
  const { prefix, nowMs, ...clientOptions } = options;
  const client = createTablestoreClient(clientOptions);
  return {
    table<Name extends TableName>(name: Name): Table<TableRecords[Name]> {
      const tableName = prefix + name;
      return createTablestoreTable({ client, tableName, layout: rowLayout(name), nowMs });
    },
    async close() {
      client.close();
    },
  };
}
