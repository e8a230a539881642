import { COLUMN_LAYOUTS } from '../../model/table-layouts.ts';
import { TABLE_NAMES } from '../../model/table-names.ts';
import type { TableName } from '../../model/tables.ts';
import {
  createTablestoreClient,
  type TablestoreClient,
  type TablestoreClientOptions,
} from './tablestore-client.ts';
import { TablestoreError } from './tablestore-error.ts';
import { PARTITION, SORT } from './tablestore-rows.ts';
import type { Requests } from './tablestore-sdk.ts';

const DAY_SECONDS = 86_400;
/** For good. */
const NO_TTL = -1;
const MAX_VERSIONS = 1;
/** The manual's (seed 003, 5.3) for its own table. No cell is written with a time of its own, so it never bears. */
const MAX_TIME_DEVIATION_SECONDS = 86_400;

/**
 * Seconds after its last write that the service drops a row, of tables whose every record expires:
 * later than any does. What has expired is absent already; this takes it off the disk. A
 * record in one of these tables must not be written without an expiry.
 */
const TTL_SECONDS: Readonly<Partial<Record<TableName, number>>> = {
  property_history: 32 * DAY_SECONDS,
  event_history: 32 * DAY_SECONDS,
  seen: 9 * DAY_SECONDS,
  applications: 9 * DAY_SECONDS,
  answers: 9 * DAY_SECONDS,
};

type CreateTablesOptions = TablestoreClientOptions & {
  /** In front of every table's name. */
  prefix: string;
};

/** Called once a table can be used. */
export type TableProgress = (table: { tableName: string; created: boolean }) => void;

/**
 * Makes the tables that are missing. The others keep the options that their owner gave them, so that
 * running it again changes nothing.
 * @throws Error for a table that is there and has another key.
 */
export async function createTablestoreTables(
  { prefix, ...options }: CreateTablesOptions,
  onProgress: TableProgress = () => undefined,
): Promise<void> {
  const client = createTablestoreClient(options);
  try {
    for (const name of TABLE_NAMES) {
      const table = prefix + name;
      const created = await createTable(client, definition(table, name));
      if (!created) await checkKey(client, table, name);
      onProgress({ tableName: table, created });
    }
  } finally {
    client.close();
  }
}

/** False if there is a table of that name. */
async function createTable(
  client: TablestoreClient,
  request: Requests['createTable'],
): Promise<boolean> {
  try {
    await client.request('createTable', request);
    return true;
  } catch (error) {
    if (error instanceof TablestoreError && error.code === 'OTSObjectAlreadyExist') return false;
    throw error;
  }
}

async function checkKey(client: TablestoreClient, table: string, name: TableName): Promise<void> {
  const { tableMeta } = await client.request('describeTable', { tableName: table });
  const has = tableMeta.primaryKey.map((key) => `${key.name} ${KEY_TYPES[key.type]}`).join(', ');
  const wanted = keysOf(name).join(' STRING, ').concat(' STRING');
  if (has !== wanted) throw new Error(`table ${table} has the key ${has}, not ${wanted}`);
}

/** As the service numbers them. */
const KEY_TYPES: Readonly<Record<number, string>> = { 1: 'INTEGER', 2: 'STRING', 3: 'BINARY' };

function keysOf(name: TableName): readonly string[] {
  const layout = COLUMN_LAYOUTS[name];
  return layout === undefined ? [PARTITION, SORT] : [layout.partitionKey];
}

function definition(table: string, name: TableName): Requests['createTable'] {
  return {
    tableMeta: {
      tableName: table,
      primaryKey: keysOf(name).map((key) => ({ name: key, type: 'STRING' })),
    },
    // Paid by use: capacity instances know nothing else.
    reservedThroughput: { capacityUnit: { read: 0, write: 0 } },
    tableOptions: {
      timeToLive: TTL_SECONDS[name] ?? NO_TTL,
      maxVersions: MAX_VERSIONS,
      maxTimeDeviation: MAX_TIME_DEVIATION_SECONDS,
    },
  };
}
