import { Buffer } from 'node:buffer';
import type { Cell, CellValue, KeyBound } from './plain-buffer.ts';
import { invalid, Refused } from './refused.ts';

export type HeldRow = { primaryKey: readonly string[]; columns: ReadonlyMap<string, CellValue> };

export type HeldTable = {
  /** Names of the primary key columns, all of them strings. */
  keyNames: readonly string[];
  options: { timeToLive: number; maxVersions: number; maxTimeDeviation: number };
  /** By primary key as JSON. */
  rows: Map<string, HeldRow>;
};

/** Strings, or where a range begins and ends also the bounds. */
export type KeyPart = string | KeyBound;

const LONGEST_KEY_BYTES = 1024;
const LONGEST_VALUE_BYTES = 2 * 1024 * 1024;
const NAME = /^[A-Za-z_]\w{0,254}$/;

export const rowKey = (primaryKey: readonly string[]): string => JSON.stringify(primaryKey);

export function checkName(name: string): void {
  if (!NAME.test(name)) throw invalid(`Invalid name: '${name}'.`);
}

/** @throws Refused unless the cells are this table's primary key, in its order. */
export function readRowKey(table: HeldTable, cells: readonly Cell[]): string[] {
  return readKey(table, cells).map((part) => {
    if (typeof part !== 'string') throw new Refused(400, 'OTSInvalidPK', 'INF is not a value.');
    return part;
  });
}

export function readKey({ keyNames }: HeldTable, cells: readonly Cell[]): KeyPart[] {
  const names = cells.map(({ name }) => name).join();
  if (names !== keyNames.join()) {
    const message = `Validate PK name fail. Input: ${names}, Meta: ${keyNames.join()}.`;
    throw new Refused(400, 'OTSInvalidPK', message);
  }
  return cells.map(({ name, value }) => {
    if (typeof value === 'object' && 'bound' in value) return value;
    if (typeof value !== 'string') {
      throw new Refused(400, 'OTSInvalidPK', `Validate PK type fail. '${name}' is a STRING.`);
    }
    checkKeyLength(name, Buffer.byteLength(value));
    return value;
  });
}

/** Whether the service takes an empty one is not documented, so that it is refused here. */
function checkKeyLength(name: string, bytes: number): void {
  if (bytes === 0) throw invalid(`The primary key column '${name}' is empty.`);
  if (bytes > LONGEST_KEY_BYTES) {
    throw invalid(
      `The length of primary key column: '${name}' exceeds the MaxLength:${LONGEST_KEY_BYTES} with CurrentLength:${bytes}.`,
    );
  }
}

/** @throws Refused for a name or a value that the service does not take. */
export function checkColumn({ keyNames }: HeldTable, name: string, value: CellValue): void {
  checkName(name);
  if (keyNames.includes(name)) throw invalid(`Duplicated attribute column name: '${name}'.`);
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : 0;
  if (bytes > LONGEST_VALUE_BYTES) {
    throw invalid(
      `The length of attribute column: '${name}' exceeds the MaxLength:${LONGEST_VALUE_BYTES} with CurrentLength:${bytes}.`,
    );
  }
}

/** Strings by their bytes, the bounds below and above all of them. */
export function compareKeys(one: readonly KeyPart[], other: readonly KeyPart[]): number {
  for (const [index, part] of one.entries()) {
    const sign = comparePart(part, other[index] ?? { bound: 'min' });
    if (sign !== 0) return sign;
  }
  return 0;
}

function comparePart(one: KeyPart, other: KeyPart): number {
  const [rankOne, rankOther] = [rank(one), rank(other)];
  if (rankOne !== rankOther || rankOne !== 0) return rankOne - rankOther;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}

function rank(part: KeyPart): number {
  if (typeof part === 'string') return 0;
  return part.bound === 'min' ? -1 : 1;
}
