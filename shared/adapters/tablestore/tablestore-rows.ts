import { Buffer } from 'node:buffer';
import { COLUMN_LAYOUTS, type ColumnLayout } from '../../model/table-layouts.ts';
import type { TableName } from '../../model/tables.ts';
import type { Key } from '../../ports/table.ts';
import { checkKeyPart } from '../../ports/table-keys.ts';
import type {
  Column,
  ColumnValue,
  Int64,
  PrimaryKey,
  SdkRow,
  TablestoreSdk,
} from './tablestore-sdk.ts';

/** How the records of one table lie in its rows. */
export type RowLayout = {
  /** @throws RangeError for a key that the port does not allow. */
  primaryKey(key: Key): PrimaryKey;
  /** Undefined members are columns that the row does not have. */
  columns(sdk: TablestoreSdk, value: object): Readonly<Record<string, ColumnValue | undefined>>;
  value(columns: ReadonlyMap<string, ColumnValue>): unknown;
  /** Other programs write these rows too, and may have columns of their own in them. */
  isShared: boolean;
};

/** A row with what every layout has beside the record. */
export type StoredRow = { value: unknown; version: number; expiresAtMs: number; sort: string };

export const VERSION = 'version';
export const EXPIRES_AT_MS = 'expiresAtMs';
const VALUE = 'value';
const MOST_VALUE_BYTES = 2 * 1024 * 1024;
export const PARTITION = 'partition';
export const SORT = 'sort';

/** In front of every partition and sort key: whether the service takes empty ones is not documented. */
const KEY_MARK = '#';

export const markKeyPart = (part: string): string => KEY_MARK + part;

/** Of every table that has no layout of its own: the record as JSON. */
const JSON_LAYOUT: RowLayout = {
  primaryKey({ partition, sort = '' }) {
    checkKeyPart(partition);
    checkKeyPart(sort);
    return [{ [PARTITION]: markKeyPart(partition) }, { [SORT]: markKeyPart(sort) }];
  },
  columns: (_, value) => ({ [VALUE]: checkedText(JSON.stringify(value)) }),
  value: (columns) => JSON.parse(String(columns.get(VALUE))),
  isShared: false,
};

/** The service would refuse it too, but without a word that may be logged. */
function checkedText(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MOST_VALUE_BYTES) return text;
  throw new Error(
    `a record of ${bytes} bytes is larger than the ${MOST_VALUE_BYTES} bytes that Tablestore takes`,
  );
}

export function rowLayout(name: TableName): RowLayout {
  const layout = COLUMN_LAYOUTS[name];
  return layout === undefined ? JSON_LAYOUT : createColumnLayout(name, layout);
}

/** Keys are as they are: other programs write them too. */
function createColumnLayout(
  table: string,
  { partitionKey, columns: names }: ColumnLayout,
): RowLayout {
  return {
    primaryKey({ partition, sort = '' }) {
      checkKeyPart(partition);
      if (partition === '' || sort !== '') {
        throw new RangeError(`a key of ${table} is a partition that is not empty, and no sort key`);
      }
      return [{ [partitionKey]: partition }];
    },
    columns(sdk, value) {
      const members = new Map(Object.entries(value));
      return Object.fromEntries(names.map((name) => [name, columnValue(sdk, members.get(name))]));
    },
    value: (columns) =>
      Object.fromEntries(names.map((name) => [name, memberOf(columns.get(name), { name, table })])),
    isShared: true,
  };
}

/** Null, too, is an absent column. */
function columnValue(sdk: TablestoreSdk, member: unknown): ColumnValue | undefined {
  if (typeof member === 'string') return member;
  return typeof member === 'number' ? sdk.Long.fromNumber(member) : undefined;
}

/** Strict about types: a table that its owner has filled differently must be seen, not guessed at. */
function memberOf(
  value: ColumnValue | undefined,
  { name, table }: { name: string; table: string },
): string | number | null {
  if (value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (isInt64(value)) return value.toNumber();
  throw new Error(`${name} in ${table} is neither a string nor a number`);
}

function isInt64(value: ColumnValue | undefined): value is Int64 {
  return typeof value === 'object' && 'toNumber' in value;
}

/** A column of ours that another program has filled with something else could never be compared. */
function integerOf(columns: ReadonlyMap<string, ColumnValue>, name: string): number | undefined {
  const value = columns.get(name);
  if (value === undefined || isInt64(value)) return value?.toNumber();
  throw new Error(`the column ${name} is not an INTEGER`);
}

/** Undefined where the row is absent. Rows of other programs have no version: theirs is 0. */
export function readRow(
  layout: RowLayout,
  { primaryKey, attributes }: SdkRow,
): StoredRow | undefined {
  if (primaryKey === undefined) return undefined;
  const columns = new Map(
    (attributes ?? []).map(({ columnName, columnValue }) => [columnName, columnValue]),
  );
  const sort = primaryKey.find(({ name }) => name === SORT)?.value ?? KEY_MARK;
  return {
    value: layout.value(columns),
    version: integerOf(columns, VERSION) ?? 0,
    expiresAtMs: integerOf(columns, EXPIRES_AT_MS) ?? Number.POSITIVE_INFINITY,
    sort: sort.slice(KEY_MARK.length),
  };
}

export type WrittenRow = { value: object; version: number; expiresAtMs: number | undefined };

/** The columns to write and the names of those that the row is not to have. */
export function writeRow(
  sdk: TablestoreSdk,
  layout: RowLayout,
  { value, version, expiresAtMs }: WrittenRow,
): { present: readonly Column[]; absent: readonly string[] } {
  const columns = Object.entries({
    ...layout.columns(sdk, value),
    [VERSION]: sdk.Long.fromNumber(version),
    [EXPIRES_AT_MS]: expiresAtMs === undefined ? undefined : sdk.Long.fromNumber(expiresAtMs),
  });
  return {
    present: columns.flatMap(([name, column]) =>
      column === undefined ? [] : [{ [name]: column }],
    ),
    absent: columns.flatMap(([name, column]) => (column === undefined ? [name] : [])),
  };
}
