import { Buffer } from 'node:buffer';
import { checkCondition, passes } from './conditions.ts';
import {
  checkColumn,
  checkName,
  compareKeys,
  type HeldRow,
  type HeldTable,
  readKey,
  readRowKey,
  rowKey,
} from './held-table.ts';
import { CONSUMED, encode, type GetRangeRequest, messages } from './messages.ts';
import { type Cell, type CellValue, readPlainRow, writePlainRows } from './plain-buffer.ts';
import { invalid, Refused } from './refused.ts';

export type Instance = {
  tables: Map<string, HeldTable>;
  /** Rows that one GetRange looks at, whether they pass the filter or not. */
  mostScanned: number;
};

/** What the adapter asks for; everything else is refused. */
export const OPERATIONS: Readonly<
  Record<string, (instance: Instance, body: Uint8Array) => Uint8Array>
> = {
  CreateTable: createTable,
  DescribeTable: describeTable,
  PutRow: putRow,
  UpdateRow: updateRow,
  DeleteRow: deleteRow,
  GetRow: getRow,
  GetRange: getRange,
};

const STRING_TYPE = 2;
const ACTIVE = 1;
const DELETE_ALL_VERSIONS = 1;
const FORWARD = 0;

function createTable({ tables }: Instance, body: Uint8Array): Uint8Array {
  const { tableMeta, tableOptions } = messages.CreateTableRequest.decode(body);
  const { tableName, primaryKey } = tableMeta;
  checkName(tableName);
  if (tables.has(tableName)) {
    throw new Refused(409, 'OTSObjectAlreadyExist', 'Requested table already exists.');
  }
  if (primaryKey.length < 1 || primaryKey.length > 4) throw invalid('Between 1 and 4 PK columns.');
  for (const { name, type } of primaryKey) {
    checkName(name);
    if (type !== STRING_TYPE) throw invalid('Only STRING is served here.');
  }
  const { timeToLive, maxVersions, deviationCellVersionInSec } = tableOptions;
  if (timeToLive !== -1 && timeToLive < 86_400) throw invalid('TTL is -1 or at least 86400.');
  const maxTimeDeviation = Number(String(deviationCellVersionInSec));
  const options = { timeToLive, maxVersions, maxTimeDeviation };
  tables.set(tableName, { keyNames: primaryKey.map(({ name }) => name), options, rows: new Map() });
  return encode(messages.CreateTableResponse, {});
}

function describeTable(instance: Instance, body: Uint8Array): Uint8Array {
  const { tableName } = messages.DescribeTableRequest.decode(body);
  const { keyNames, options } = tableOf(instance, tableName);
  const primaryKey = keyNames.map((name) => ({ name, type: STRING_TYPE }));
  const { timeToLive, maxVersions, maxTimeDeviation } = options;
  return encode(messages.DescribeTableResponse, {
    tableMeta: { tableName, primaryKey },
    reservedThroughputDetails: { capacityUnit: { read: 0, write: 0 }, lastIncreaseTime: 0 },
    tableOptions: { timeToLive, maxVersions, deviationCellVersionInSec: maxTimeDeviation },
    tableStatus: ACTIVE,
  });
}

function putRow(instance: Instance, body: Uint8Array): Uint8Array {
  const { tableName, row, condition } = messages.PutRowRequest.decode(body);
  const table = tableOf(instance, tableName);
  const { primaryKey: cells, columns, isDeletion } = readPlainRow(row);
  if (isDeletion) throw invalid('A put does not delete.');
  const primaryKey = readRowKey(table, cells);
  const standing = table.rows.get(rowKey(primaryKey));
  checkCondition(condition, standing?.columns);
  const written = columns.map((cell) => [cell.name, writtenValue(table, cell)] as const);
  table.rows.set(rowKey(primaryKey), { primaryKey, columns: new Map(written) });
  return encode(messages.PutRowResponse, CONSUMED);
}

function updateRow(instance: Instance, body: Uint8Array): Uint8Array {
  const { tableName, rowChange, condition } = messages.UpdateRowRequest.decode(body);
  const table = tableOf(instance, tableName);
  const { primaryKey: cells, columns: changes, isDeletion } = readPlainRow(rowChange);
  if (isDeletion) throw invalid('An update does not delete.');
  const primaryKey = readRowKey(table, cells);
  const standing = table.rows.get(rowKey(primaryKey));
  checkCondition(condition, standing?.columns);
  const columns = new Map(standing?.columns);
  for (const change of changes) {
    if (change.change === DELETE_ALL_VERSIONS) columns.delete(change.name);
    else columns.set(change.name, writtenValue(table, change));
  }
  table.rows.set(rowKey(primaryKey), { primaryKey, columns });
  return encode(messages.UpdateRowResponse, CONSUMED);
}

function deleteRow(instance: Instance, body: Uint8Array): Uint8Array {
  const request = messages.DeleteRowRequest.decode(body);
  const table = tableOf(instance, request.tableName);
  const { primaryKey, columns, isDeletion } = readPlainRow(request.primaryKey);
  if (!isDeletion || columns.length > 0) throw invalid('A deletion has a primary key and a mark.');
  const key = rowKey(readRowKey(table, primaryKey));
  checkCondition(request.condition, table.rows.get(key)?.columns);
  table.rows.delete(key);
  return encode(messages.DeleteRowResponse, CONSUMED);
}

function getRow(instance: Instance, body: Uint8Array): Uint8Array {
  const request = messages.GetRowRequest.decode(body);
  const table = tableOf(instance, request.tableName);
  checkReading(request);
  if (request.filter.length > 0) throw invalid('A filter of one row is not served here.');
  const key = readRowKey(table, readPlainRow(request.primaryKey).primaryKey);
  const held = table.rows.get(rowKey(key));
  const row = held === undefined ? Buffer.alloc(0) : writePlainRows([cellsOf(table, held)]);
  return encode(messages.GetRowResponse, { ...CONSUMED, row });
}

function getRange(instance: Instance, body: Uint8Array): Uint8Array {
  const request = messages.GetRangeRequest.decode(body);
  const table = tableOf(instance, request.tableName);
  checkReading(request);
  if (!(request.limit > 0)) throw invalid('The limit must be greater than 0.');
  const rows = rowsWithin(table, request);
  const found: HeldRow[] = [];
  let scanned = 0;
  for (const row of rows) {
    if (scanned === instance.mostScanned || found.length === request.limit) break;
    scanned += 1;
    if (passes(request.filter, row.columns)) found.push(row);
  }
  const next = rows[scanned];
  return encode(messages.GetRangeResponse, {
    ...CONSUMED,
    rows: writePlainRows(found.map((row) => cellsOf(table, row))),
    ...(next && {
      nextStartPrimaryKey: writePlainRows([{ ...cellsOf(table, next), columns: [] }]),
    }),
  });
}

function rowsWithin(table: HeldTable, request: GetRangeRequest): HeldRow[] {
  const start = readKey(table, readPlainRow(request.inclusiveStartPrimaryKey).primaryKey);
  const end = readKey(table, readPlainRow(request.exclusiveEndPrimaryKey).primaryKey);
  const sign = request.direction === FORWARD ? 1 : -1;
  if (sign * compareKeys(start, end) >= 0) {
    throw invalid(
      sign === 1
        ? 'Begin key must less than end key in FORWARD'
        : 'Begin key must more than end key in BACKWARD',
    );
  }
  return [...table.rows.values()]
    .filter(({ primaryKey }) => sign * compareKeys(primaryKey, start) >= 0)
    .filter(({ primaryKey }) => sign * compareKeys(primaryKey, end) < 0)
    .sort((one, other) => sign * compareKeys(one.primaryKey, other.primaryKey));
}

function checkReading(request: { maxVersions: number; columnsToGet: readonly string[] }): void {
  if (request.maxVersions !== 1) throw invalid('One version is kept of each column.');
  if (request.columnsToGet.length > 0) throw invalid('A choice of columns is not served here.');
}

function tableOf({ tables }: Instance, tableName: string): HeldTable {
  const table = tables.get(tableName);
  if (table) return table;
  throw new Refused(404, 'OTSObjectNotExist', 'Requested table does not exist.');
}

function writtenValue(table: HeldTable, { name, value, change, timestampMs }: Cell): CellValue {
  if (value === undefined || change !== undefined || timestampMs !== undefined) {
    throw invalid(`The column '${name}' is written in a way that is not served here.`);
  }
  checkColumn(table, name, value);
  return value;
}

/** As the service does it: columns by name, each with the time of its write. */
function cellsOf({ keyNames }: HeldTable, { primaryKey, columns }: HeldRow) {
  const timestampMs = BigInt(Date.now());
  return {
    primaryKey: primaryKey.map((value, index) => ({ name: keyNames[index] ?? '', value })),
    columns: [...columns]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => ({ name, value, timestampMs })),
  };
}
