import type { Agent } from 'node:http';

/** The part of the SDK that is used. */
export type TablestoreSdk = {
  Client: new (config: ClientConfig) => SdkClient;
  /** To be called as a method: it keeps state in `this`. Exact up to 2^53. */
  Long: { fromNumber(value: number): Int64 };
  INF_MIN: KeyBound;
  INF_MAX: KeyBound;
  RowExistenceExpectation: { EXPECT_EXIST: Existence; EXPECT_NOT_EXIST: Existence };
  Condition: new (existence: Existence, columns?: ColumnCondition) => RowCondition;
  SingleColumnCondition: new (
    column: string,
    value: ColumnValue,
    comparator: Comparator,
    passIfMissing: boolean,
  ) => ColumnCondition;
  CompositeCondition: new (
    operator: LogicalOperator,
  ) => ColumnCondition & { addSubCondition(condition: ColumnCondition): void };
  ComparatorType: { EQUAL: Comparator; GREATER_THAN: Comparator; LESS_THAN: Comparator };
  LogicalOperator: { AND: LogicalOperator };
};

type ClientConfig = {
  endpoint: string;
  instancename: string;
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string;
  /** Of the whole process: the SDK keeps it in its own module. */
  maxRetries: number;
  httpOptions: { timeout: number; maxSockets: number; agent?: Agent };
};

/** Written as INTEGER; a plain number is written as DOUBLE. */
export type Int64 = { toNumber(): number };

export type ColumnValue = string | number | boolean | Int64 | Uint8Array;
/** One member: the name of the column. */
export type Column = Readonly<Record<string, ColumnValue>>;
/** One member each, in the order of the table's schema. */
export type PrimaryKey = readonly Readonly<Record<string, string | KeyBound>>[];

declare const opaque: unique symbol;
type Opaque<Name extends string> = { readonly [opaque]: Name };
export type KeyBound = Opaque<'KeyBound'>;
export type RowCondition = Opaque<'RowCondition'>;
export type ColumnCondition = Opaque<'ColumnCondition'>;
type Existence = Opaque<'Existence'>;
type Comparator = Opaque<'Comparator'>;
type LogicalOperator = Opaque<'LogicalOperator'>;

type RowRequest = { tableName: string; primaryKey: PrimaryKey };
type RowWrite = RowRequest & { condition: RowCondition };

/** The operations that are used, by their names in the SDK. */
export type Requests = {
  createTable: {
    tableMeta: { tableName: string; primaryKey: readonly { name: string; type: 'STRING' }[] };
    reservedThroughput: { capacityUnit: { read: number; write: number } };
    /** Seconds. */
    tableOptions: { timeToLive: number; maxVersions: number; maxTimeDeviation: number };
  };
  describeTable: { tableName: string };
  getRow: RowRequest;
  putRow: RowWrite & { attributeColumns: readonly Column[] };
  updateRow: RowWrite & {
    updateOfAttributeColumns: readonly [
      { PUT: readonly Column[] },
      { DELETE_ALL: readonly string[] },
    ];
  };
  deleteRow: RowWrite;
  getRange: {
    tableName: string;
    direction: 'FORWARD' | 'BACKWARD';
    inclusiveStartPrimaryKey: PrimaryKey;
    exclusiveEndPrimaryKey: PrimaryKey;
    limit: number;
    columnFilter: ColumnCondition;
  };
};

/** Empty where there is no such row. */
export type SdkRow = {
  primaryKey?: readonly { name: string; value: string }[];
  attributes?: readonly { columnName: string; columnValue: ColumnValue }[];
};

export type Responses = {
  createTable: unknown;
  describeTable: { tableMeta: { primaryKey: readonly { name: string; type: number }[] } };
  getRow: { row: SdkRow };
  putRow: unknown;
  updateRow: unknown;
  deleteRow: unknown;
  getRange: {
    rows: readonly SdkRow[];
    nextStartPrimaryKey: readonly { name: string; value: string }[] | null;
  };
};

export type Operation = keyof Requests;

export type SdkClient = {
  makeRequest<Name extends Operation>(
    operation: Name,
    request: Requests[Name],
  ): Promise<Responses[Name]>;
};

/** Variables that the SDK assigns to and never declares. */
const UNDECLARED = ['cell_type', 'key', 'pro', 'size', 'sub'];

/**
 * Loads the SDK at the first call: it takes longer than a cold start may. Bundles are strict
 * code, in which it would stop at its undeclared variables, so they are declared for it.
 */
export async function loadSdk(): Promise<TablestoreSdk> {
  for (const name of UNDECLARED) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { writable: true, configurable: true });
  }
  return (await import('tablestore')).default;
}
