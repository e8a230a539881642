import { randomBytes } from 'node:crypto';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { createDynamodbTables } from '../../shared/adapters/dynamodb/dynamodb-tables.ts';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';
import {
  createTablestoreTables,
  type TableProgress,
} from '../../shared/adapters/tablestore/tablestore-tables.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { CliConfig } from '../../shared/runtime/cli-config.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import { CommandError, UsageError } from './command.ts';
import { refuseOtherKeys, type StoreParts } from './fitting-keys.ts';
import { suggestion } from './nearest.ts';
import { requireOption } from './options.ts';
import { explainStoreFaults } from './store-fault.ts';

/** A store that is a service; each loads its SDK when it is first called. */
type CloudStore = {
  service: string;
  /** Names what tells where it is. */
  settings: string;
  open(config: CliConfig): Store;
  /** Tells it from other stores of its kind. */
  placeOf(tables: CliConfig['tables']): readonly (string | undefined)[];
  /** Makes the tables that are missing. */
  createTables(config: CliConfig, onProgress: TableProgress): Promise<void>;
};

export const STORE_OPTION = { store: { type: 'string' } } as const;

export const STORE_USAGE = '  --store NAME         dynamodb or tablestore';

const CLOUD_STORES: Readonly<Record<string, CloudStore>> = {
  dynamodb: {
    service: 'DynamoDB',
    settings:
      'AWS_REGION, the credentials of the AWS SDK, MOORING_TABLE_PREFIX and MOORING_DYNAMODB_ENDPOINT',
    open: ({ tables }) => createDynamodbStore({ ...dynamodbOptions(tables), nowMs: Date.now }),
    placeOf: ({ prefix, dynamodb }) => [prefix, dynamodb.region, dynamodb.endpoint],
    createTables: ({ tables }, onProgress) =>
      createDynamodbTables(dynamodbOptions(tables), onProgress),
  },
  tablestore: {
    service: 'Tablestore',
    settings:
      'MOORING_TABLESTORE_ENDPOINT, MOORING_TABLESTORE_INSTANCE, MOORING_TABLE_PREFIX and the access key',
    open: (config) => createTablestoreStore({ ...tablestoreOptions(config), nowMs: Date.now }),
    placeOf: ({ prefix, tablestore }) => [prefix, tablestore.instance, tablestore.endpoint],
    createTables: (config, onProgress) =>
      createTablestoreTables(tablestoreOptions(config), onProgress),
  },
};

/**
 * Opens the store that `given` names, and closes it behind `use`.
 * @throws UsageError for a name that is missing or unknown, CommandError without the keys of the
 * functions or where the service cannot be used.
 */
export async function withCloudStore<T>(
  given: string | undefined,
  config: CliConfig,
  use: (parts: StoreParts) => Promise<T>,
): Promise<T> {
  const cloudStore = requireCloudStore(given);
  if (config.sealingKeys.length === 0) throw new CommandError(KEYS_ADVICE);
  const sealing = createSealing(createKeyRing(config.sealingKeys), randomBytes);
  const store = cloudStore.open(config);
  try {
    return await explainStoreFaults(cloudStore, useSealed({ store, sealing }, use));
  } finally {
    await store.close();
  }
}

const KEYS_ADVICE = 'Set MOORING_SEALING_KEYS to the keys that the functions have.';

async function useSealed<T>(parts: StoreParts, use: (parts: StoreParts) => Promise<T>): Promise<T> {
  await refuseOtherKeys(parts, KEYS_ADVICE);
  return use(parts);
}

/** Store, prefix and address, as one text. @throws UsageError for a name that is unknown. */
export function cloudStorePlace(given: string, { tables }: CliConfig): string {
  return JSON.stringify([given, ...requireCloudStore(given).placeOf(tables)]);
}

/** @throws as withCloudStore. */
export async function createCloudTables(
  given: string | undefined,
  config: CliConfig,
  onProgress: TableProgress,
): Promise<void> {
  const cloudStore = requireCloudStore(given);
  await explainStoreFaults(cloudStore, cloudStore.createTables(config, onProgress));
}

function requireCloudStore(given: string | undefined): CloudStore {
  const name = requireOption(given, 'store');
  const names = Object.keys(CLOUD_STORES);
  const store = Object.hasOwn(CLOUD_STORES, name) ? CLOUD_STORES[name] : undefined;
  if (store) return store;
  throw new UsageError(`There is no store "${name}" in a cloud.${suggestion(name, names)}`);
}

function dynamodbOptions({ prefix, dynamodb }: CliConfig['tables']) {
  if (!/^[A-Za-z0-9_.-]*$/.test(prefix)) {
    throw new CommandError(
      `MOORING_TABLE_PREFIX is "${prefix}"; DynamoDB takes letters, digits, _, - and the full stop.`,
    );
  }
  return { prefix, ...dynamodb };
}

/** The service would refuse another prefix too, but without a word that may be shown. */
function tablestoreOptions({ tables, aliyun }: CliConfig) {
  const { prefix } = tables;
  const { endpoint, instance } = tables.tablestore;
  if (endpoint === undefined || instance === undefined) {
    throw new CommandError('Set MOORING_TABLESTORE_ENDPOINT and MOORING_TABLESTORE_INSTANCE.');
  }
  if (prefix !== '' && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(prefix)) {
    throw new CommandError(
      `MOORING_TABLE_PREFIX is "${prefix}"; Tablestore takes letters, digits and _, not a digit first.`,
    );
  }
  return { prefix, endpoint, instance, credentials: aliyunCredentials(aliyun) };
}
