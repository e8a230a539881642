import type { Buffer } from 'node:buffer';
import compiled from 'tablestore/lib/protocol/tablestore_compiled_proto.js';

/** What the server reads and writes of each message; bytes that are absent read as none. */
type CompiledProto = {
  main: {
    proto: {
      Error: Codec<{ code: string; message: string }>;
      CreateTableRequest: Codec<{
        tableMeta: TableMeta;
        reservedThroughput: { capacityUnit: CapacityUnit };
        tableOptions: TableOptions;
      }>;
      CreateTableResponse: Codec<object>;
      DescribeTableRequest: Codec<{ tableName: string }>;
      DescribeTableResponse: Codec<{
        tableMeta: TableMeta;
        reservedThroughputDetails: { capacityUnit: CapacityUnit; lastIncreaseTime: number };
        tableOptions: TableOptions;
        tableStatus: number;
      }>;
      PutRowRequest: Codec<{ tableName: string; row: Uint8Array; condition: Condition }>;
      PutRowResponse: Codec<Consumed>;
      UpdateRowRequest: Codec<{ tableName: string; rowChange: Uint8Array; condition: Condition }>;
      UpdateRowResponse: Codec<Consumed>;
      DeleteRowRequest: Codec<{ tableName: string; primaryKey: Uint8Array; condition: Condition }>;
      DeleteRowResponse: Codec<Consumed>;
      GetRowRequest: Codec<{
        tableName: string;
        primaryKey: Uint8Array;
        maxVersions: number;
        columnsToGet: readonly string[];
        filter: Uint8Array;
      }>;
      GetRowResponse: Codec<Consumed & { row: Uint8Array }>;
      GetRangeRequest: Codec<GetRangeRequest>;
      GetRangeResponse: Codec<Consumed & { rows: Uint8Array; nextStartPrimaryKey?: Uint8Array }>;
    };
  };
  filter: {
    proto: {
      Filter: Codec<{ type: number; filter: Uint8Array }>;
      SingleColumnValueFilter: Codec<{
        comparator: number;
        columnName: string;
        columnValue: Uint8Array;
        filterIfMissing: boolean;
        latestVersionOnly: boolean;
      }>;
      CompositeColumnValueFilter: Codec<{
        combinator: number;
        subFilters: readonly { type: number; filter: Uint8Array }[];
      }>;
    };
  };
};

type Codec<T> = {
  decode(bytes: Uint8Array): T;
  create(message: T): T;
  encode(message: T): { finish(): Buffer };
};

type CapacityUnit = { read: number; write: number };
type TableMeta = { tableName: string; primaryKey: readonly { name: string; type: number }[] };
/** Seconds; the last one is a 64-bit number object. */
type TableOptions = { timeToLive: number; maxVersions: number; deviationCellVersionInSec: unknown };
type Consumed = { consumed: { capacityUnit: CapacityUnit } };

export type Condition = { rowExistence: number; columnCondition: Uint8Array };

export type GetRangeRequest = {
  tableName: string;
  direction: number;
  inclusiveStartPrimaryKey: Uint8Array;
  exclusiveEndPrimaryKey: Uint8Array;
  maxVersions: number;
  limit: number;
  columnsToGet: readonly string[];
  filter: Uint8Array;
};

const { main, filter } = compiled as CompiledProto;
export const messages = main.proto;
export const filters = filter.proto;

export const encode = <T>(codec: Codec<T>, message: T): Buffer =>
  codec.encode(codec.create(message)).finish();

export const CONSUMED: Consumed = { consumed: { capacityUnit: { read: 1, write: 1 } } };
