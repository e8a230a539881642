import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { COLUMN_LAYOUTS, type ColumnLayout } from '../../model/table-layouts.ts';
import type { TableName } from '../../model/tables.ts';
import type { Key } from '../../ports/table.ts';
import { checkKeyPart } from '../../ports/table-keys.ts';

export type Item = Record<string, AttributeValue>;

/** How records of a table become items; docs/storage-schema.md has it in words. */
export type Layout = {
  /** The hash key. */
  partitionKey: string;
  hasSort: boolean;
  /** Attributes of the record itself, key and version apart. */
  attributes: readonly string[];
  keyOf(key: Key): Item;
  encode(value: unknown): Item;
  decode(item: Item): unknown;
};

export const SORT = 'sort';
const VALUE = 'value';

/**
 * In front of every key: DynamoDB refuses an empty one. The character behind it is above every sort
 * key, so that a range always has two ends.
 */
const PREFIX = '.';
export const ABOVE_EVERY_SORT = '/';

export function layoutOf(name: TableName): Layout {
  const columns = COLUMN_LAYOUTS[name];
  return columns === undefined ? JSON_LAYOUT : columnLayout(name, columns);
}

export function keyText(part: string): string {
  return PREFIX + part;
}

export function sortOf(item: Item): string {
  return item[SORT]?.S?.slice(PREFIX.length) ?? '';
}

const JSON_LAYOUT: Layout = {
  partitionKey: 'partition',
  hasSort: true,
  attributes: [VALUE],
  keyOf: ({ partition, sort = '' }) => {
    checkKeyPart(partition);
    checkKeyPart(sort);
    return { partition: { S: keyText(partition) }, [SORT]: { S: keyText(sort) } };
  },
  encode: (value) => ({ [VALUE]: { S: JSON.stringify(value) } }),
  decode: (item) => JSON.parse(item[VALUE]?.S ?? 'null'),
};

/** Keys are as they are: other programs write them too. */
function columnLayout(name: string, { partitionKey, columns }: ColumnLayout): Layout {
  return {
    partitionKey,
    hasSort: false,
    attributes: columns,
    keyOf: ({ partition, sort = '' }) => {
      checkKeyPart(partition);
      if (partition === '' || sort !== '') {
        throw new RangeError(`a key of ${name} is a partition that is not empty, and no sort key`);
      }
      return { [partitionKey]: { S: partition } };
    },
    encode: (value) => encodeColumns(columns, value as Readonly<Record<string, unknown>>),
    decode: (item) =>
      Object.fromEntries(columns.map((column) => [column, decodeColumn(name, column, item)])),
  };
}

function encodeColumns(columns: readonly string[], value: Readonly<Record<string, unknown>>): Item {
  const item: Item = {};
  for (const column of columns) {
    const member = value[column];
    if (typeof member === 'number') item[column] = { N: String(member) };
    if (typeof member === 'string') item[column] = { S: member };
  }
  return item;
}

/** Strict about types: a table that its owner has filled differently must be seen, not guessed at. */
function decodeColumn(name: string, column: string, item: Item): string | number | null {
  const attribute = item[column];
  if (attribute === undefined || attribute.NULL) return null;
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  throw new Error(`${column} in ${name} is neither a string nor a number`);
}
