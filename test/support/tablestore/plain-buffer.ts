import { Buffer } from 'node:buffer';
import { checksumOf } from './crc8.ts';

/** How the service writes rows inside its messages; a number is a DOUBLE. */
export type CellValue = string | bigint | number | boolean | Buffer | KeyBound;
export type KeyBound = { bound: 'min' | 'max' };

export type Cell = {
  name: string;
  value?: CellValue;
  /** What an update does with it; absent: it writes the value. */
  change?: number;
  timestampMs?: bigint;
};

export type PlainRow = { primaryKey: Cell[]; columns: Cell[]; isDeletion: boolean };

const HEADER = 0x75;
const TAG = {
  primaryKey: 0x01,
  columns: 0x02,
  cell: 0x03,
  cellName: 0x04,
  cellValue: 0x05,
  cellChange: 0x06,
  cellTimestamp: 0x07,
  deletion: 0x08,
  rowChecksum: 0x09,
  cellChecksum: 0x0a,
} as const;
const TYPE = {
  integer: 0x00,
  double: 0x01,
  boolean: 0x02,
  string: 0x03,
  blob: 0x07,
  min: 0x09,
  max: 0x0a,
} as const;

type Reading = { bytes: Buffer; at: number };

/** @throws Error at the first byte that is not as it has to be. */
export function readPlainRow(given: Uint8Array): PlainRow {
  const reading: Reading = { bytes: Buffer.from(given), at: 0 };
  if (take(reading, 4).readUInt32LE() !== HEADER) throw new Error('a row without its header');
  const primaryKey = takeTag(reading, TAG.primaryKey) ? readCells(reading) : [];
  const columns = takeTag(reading, TAG.columns) ? readCells(reading) : [];
  const isDeletion = takeTag(reading, TAG.deletion);
  const checksum = rowChecksum([...primaryKey, ...columns], isDeletion);
  expectChecksum(reading, TAG.rowChecksum, checksum);
  // The SDK counts one byte too many for the bound of a range, and leaves a zero there.
  if (reading.bytes.subarray(reading.at).some(Boolean)) throw new Error('bytes behind a row');
  return { primaryKey, columns, isDeletion };
}

/** The value of a column condition: a type and a value, without tags. */
export function readPlainValue(given: Uint8Array): CellValue {
  const reading: Reading = { bytes: Buffer.from(given), at: 0 };
  const value = readTyped(reading);
  if (reading.at !== reading.bytes.length) throw new Error('bytes behind a value');
  return value;
}

/** Several rows share one header. */
export function writePlainRows(rows: readonly { primaryKey: Cell[]; columns: Cell[] }[]): Buffer {
  if (rows.length === 0) return Buffer.alloc(0);
  return Buffer.concat([uint32(HEADER), ...rows.map(writeRow)]);
}

function readCells(reading: Reading): Cell[] {
  const cells: Cell[] = [];
  while (takeTag(reading, TAG.cell)) cells.push(readCell(reading));
  return cells;
}

function readCell(reading: Reading): Cell {
  if (!takeTag(reading, TAG.cellName)) throw new Error('a cell without a name');
  const cell: Cell = { name: takeSized(reading).toString() };
  if (takeTag(reading, TAG.cellValue)) {
    const end = take(reading, 4).readUInt32LE() + reading.at;
    cell.value = readTyped(reading);
    if (reading.at !== end) throw new Error(`the value of ${cell.name} is not as long as it says`);
  }
  if (takeTag(reading, TAG.cellChange)) cell.change = take(reading, 1).readUInt8();
  if (takeTag(reading, TAG.cellTimestamp)) cell.timestampMs = take(reading, 8).readBigInt64LE();
  expectChecksum(reading, TAG.cellChecksum, cellChecksum(cell));
  return cell;
}

function readTyped(reading: Reading): CellValue {
  const type = take(reading, 1).readUInt8();
  if (type === TYPE.integer) return take(reading, 8).readBigInt64LE();
  if (type === TYPE.double) return take(reading, 8).readDoubleLE();
  if (type === TYPE.boolean) return take(reading, 1).readUInt8() !== 0;
  if (type === TYPE.string) return takeSized(reading).toString();
  if (type === TYPE.blob) return takeSized(reading);
  if (type === TYPE.min) return { bound: 'min' };
  if (type === TYPE.max) return { bound: 'max' };
  throw new Error(`a value of the unknown type ${type}`);
}

function expectChecksum(reading: Reading, tag: number, checksum: number): void {
  if (!takeTag(reading, tag)) throw new Error('a row or a cell without its checksum');
  if (take(reading, 1).readUInt8() !== checksum) throw new Error('a wrong checksum');
}

function takeTag(reading: Reading, tag: number): boolean {
  if (reading.bytes[reading.at] !== tag) return false;
  reading.at += 1;
  return true;
}

const takeSized = (reading: Reading): Buffer => take(reading, take(reading, 4).readUInt32LE());

function take(reading: Reading, size: number): Buffer {
  const end = reading.at + size;
  if (end > reading.bytes.length) throw new Error('a row that breaks off');
  const taken = reading.bytes.subarray(reading.at, end);
  reading.at = end;
  return taken;
}

function writeRow({ primaryKey, columns }: { primaryKey: Cell[]; columns: Cell[] }): Buffer {
  return Buffer.concat([
    Buffer.from([TAG.primaryKey]),
    ...primaryKey.map(writeCell),
    ...(columns.length === 0 ? [] : [Buffer.from([TAG.columns])]),
    ...columns.map(writeCell),
    Buffer.from([TAG.rowChecksum, rowChecksum([...primaryKey, ...columns], false)]),
  ]);
}

function writeCell(cell: Cell): Buffer {
  const name = Buffer.from(cell.name);
  const value = cell.value === undefined ? undefined : typed(cell.value);
  return Buffer.concat([
    Buffer.from([TAG.cell, TAG.cellName]),
    uint32(name.length),
    name,
    ...(value === undefined ? [] : [Buffer.from([TAG.cellValue]), uint32(value.length), value]),
    ...(cell.timestampMs === undefined
      ? []
      : [Buffer.from([TAG.cellTimestamp]), int64(cell.timestampMs)]),
    Buffer.from([TAG.cellChecksum, cellChecksum(cell)]),
  ]);
}

function typed(value: CellValue): Buffer {
  if (typeof value === 'bigint') return Buffer.concat([Buffer.from([TYPE.integer]), int64(value)]);
  if (typeof value === 'number') return Buffer.concat([Buffer.from([TYPE.double]), double(value)]);
  if (typeof value === 'boolean') return Buffer.from([TYPE.boolean, Number(value)]);
  if ('bound' in Object(value)) return Buffer.from([TYPE[(value as KeyBound).bound]]);
  const bytes = Buffer.from(value as string | Buffer);
  const type = typeof value === 'string' ? TYPE.string : TYPE.blob;
  return Buffer.concat([Buffer.from([type]), uint32(bytes.length), bytes]);
}

/** Over the name, the type and the value, the time, and what an update does with it. */
function cellChecksum({ name, value, timestampMs, change }: Cell): number {
  return checksumOf([
    Buffer.from(name),
    value === undefined ? Buffer.alloc(0) : typed(value),
    timestampMs === undefined ? Buffer.alloc(0) : int64(timestampMs),
    Buffer.from(change === undefined ? [] : [change]),
  ]);
}

function rowChecksum(cells: readonly Cell[], isDeletion: boolean): number {
  return checksumOf([Buffer.from(cells.map(cellChecksum)), Buffer.from([Number(isDeletion)])]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
