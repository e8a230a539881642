import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { createDynamodbTables } from '../../shared/adapters/dynamodb/dynamodb-tables.ts';
import { openFunctionStore } from '../../shared/adapters/tablestore/function-store.ts';
import {
  createTablestoreTables,
  type TableProgress,
} from '../../shared/adapters/tablestore/tablestore-tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { CliConfig } from '../../shared/runtime/cli-config.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import { CommandError, UsageError } from './command.ts';
import { suggestion } from './nearest.ts';
import { requireOption } from './options.ts';

/** A store that is a service; each loads its SDK when it is first called. */
type CloudStore = {
  open(config: CliConfig): Store;
  /** Makes the tables that are missing. */
  createTables(config: CliConfig, onProgress: TableProgress): Promise<void>;
};

export const STORE_OPTION = { store: { type: 'string' } } as const;

export const STORE_USAGE = '  --store NAME         dynamodb or tablestore';

const CLOUD_STORES: Readonly<Record<string, CloudStore>> = {
  dynamodb: {
    open: ({ tables }) => createDynamodbStore({ ...dynamodbOptions(tables), nowMs: Date.now }),
    createTables: ({ tables }, onProgress) =>
      createDynamodbTables(dynamodbOptions(tables), onProgress),
  },
  tablestore: {
    open: ({ tables, aliyun }) =>
      openFunctionStore({
        tables,
        aliyun,
        credentials: aliyunCredentials(aliyun),
        nowMs: Date.now,
      }),
    createTables: (config, onProgress) =>
      createTablestoreTables(tablestoreOptions(config), onProgress),
  },
};

/** @throws UsageError for a name that is missing or unknown. */
export function requireCloudStore(given: string | undefined): CloudStore {
  const name = requireOption(given, 'store');
  const names = Object.keys(CLOUD_STORES);
  const store = Object.hasOwn(CLOUD_STORES, name) ? CLOUD_STORES[name] : undefined;
  if (store) return store;
  throw new UsageError(`There is no store "${name}" in a cloud.${suggestion(name, names)}`);
}

function dynamodbOptions({ prefix, dynamodb }: CliConfig['tables']) {
  return { prefix, ...dynamodb };
}

function tablestoreOptions({ tables, aliyun }: CliConfig) {
  const { endpoint, instance } = tables.tablestore;
  if (endpoint === undefined || instance === undefined) {
    throw new CommandError('Set MOORING_TABLESTORE_ENDPOINT and MOORING_TABLESTORE_INSTANCE.');
  }
  return { prefix: tables.prefix, endpoint, instance, credentials: aliyunCredentials(aliyun) };
}
