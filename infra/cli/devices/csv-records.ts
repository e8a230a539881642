import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';

/** `line` is where it begins, from 1. `fault` says why a line cannot be read. */
export type CsvRecord = { line: number; end: CsvPosition } & (
  | { fields: readonly string[] }
  | { fault: string }
);

/** Of the first byte behind a record, and the number of its line. */
export type CsvPosition = { byte: number; line: number };

export const CSV_START: CsvPosition = { byte: 0, line: 1 };

/**
 * The records of a file from a position on, a chunk's worth at a time; the next chunk is read when
 * those are taken. Records may span lines, and blank lines are none. A line whose quotes are wrong
 * is one record with a fault, and reading goes on with the next line.
 */
export async function* readCsv(
  path: string,
  from: CsvPosition = CSV_START,
): AsyncGenerator<readonly CsvRecord[]> {
  const splitter = openSplitter(from.byte);
  const reading: Reading = { at: from, held: NOTHING, splitter, faulty: undefined };
  for await (const chunk of createReadStream(path, { start: from.byte })) {
    yield await takeRecords(reading, chunk, false);
  }
  yield await takeRecords(reading, NOTHING, true);
}

type Reading = {
  /** Behind the last record that was taken. */
  at: CsvPosition;
  /** The bytes from there on that were read. */
  held: Buffer;
  splitter: Splitter;
  /** The line to be skipped; `isCut` where its beginning was let go already. */
  faulty: { fault: string; isCut: boolean } | undefined;
};

type Splitter = {
  /** Resolves to what is wrong with the record behind the last one found; undefined if nothing is. */
  feed(bytes: Buffer, isLast: boolean): Promise<string | undefined>;
  found: { fields: readonly string[]; endByte: number }[];
};

/** Far more than a record of devices has; a quote that is never closed runs on to here. */
const MOST_RECORD_BYTES = 16_384;
export const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NOTHING = Buffer.alloc(0);
const NOT_UTF8 = 'it is not UTF-8; save the file as "CSV UTF-8"';

/** A parser whose first byte is the file's byte `startByte`. A fault ends it. */
function openSplitter(startByte: number): Splitter {
  const found: Splitter['found'] = [];
  const parser = parse({
    bom: true,
    max_record_size: MOST_RECORD_BYTES,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    // As an event of the stream a record that stands before a fault would be lost with it.
    on_record: (fields: string[], { bytes }) => {
      found.push({ fields, endByte: startByte + bytes });
      return null;
    },
  });
  // The write that failed tells of it.
  parser.on('error', () => undefined);
  const feed = (bytes: Buffer, isLast: boolean) =>
    new Promise<string | undefined>((resolve, reject) => {
      const done = (error?: Error | null) => {
        const fault = error ? faultOf(error) : undefined;
        if (error && fault === undefined) reject(error);
        else resolve(fault);
      };
      if (isLast) parser.end(bytes, done);
      else parser.write(bytes, done);
    });
  return { feed, found };
}

/** Not the parser's own message: it quotes the field. */
function faultOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'CSV_MAX_RECORD_SIZE':
      return `a quote is not closed, or the line is over ${MOST_RECORD_BYTES} bytes long`;
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is not closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'a quote stands inside a field; a field with quotes stands in quotes, with each quote in it doubled';
    default:
      return undefined;
  }
}

async function takeRecords(
  reading: Reading,
  chunk: Buffer,
  isLast: boolean,
): Promise<readonly CsvRecord[]> {
  const records: CsvRecord[] = [];
  let unread = chunk;
  reading.held = Buffer.concat([reading.held, chunk]);
  for (;;) {
    if (reading.faulty) {
      const faulty = takeFaultyLine(reading, reading.faulty, isLast);
      if (!faulty) return records;
      records.push(faulty);
      reading.splitter = openSplitter(reading.at.byte);
      unread = reading.held;
    }
    const fault = await reading.splitter.feed(unread, isLast);
    for (const found of reading.splitter.found.splice(0)) records.push(takeFound(reading, found));
    if (fault === undefined) return records;
    reading.faulty = { fault, isCut: false };
  }
}

function takeFound(reading: Reading, { fields, endByte }: Splitter['found'][number]): CsvRecord {
  const size = endByte - reading.at.byte;
  const bytes = reading.held.subarray(0, size);
  const line = reading.at.line + countNewlines(bytes.subarray(0, blankBytes(bytes)));
  passOver(reading, size);
  return { line, end: reading.at, ...(isUtf8(bytes) ? { fields } : { fault: NOT_UTF8 }) };
}

/** Undefined where the line goes on behind what was read. */
function takeFaultyLine(
  reading: Reading,
  { fault, isCut }: NonNullable<Reading['faulty']>,
  isLast: boolean,
): CsvRecord | undefined {
  const blank = isCut ? 0 : blankBytes(reading.held);
  const newline = reading.held.indexOf(NEWLINE, blank);
  const line = reading.at.line + countNewlines(reading.held.subarray(0, blank));
  passOver(reading, newline < 0 ? reading.held.length : newline + 1);
  const isWhole = newline >= 0 || isLast;
  reading.faulty = isWhole ? undefined : { fault, isCut: true };
  return isWhole ? { line, end: reading.at, fault } : undefined;
}

function passOver(reading: Reading, size: number): void {
  const { byte, line } = reading.at;
  const passed = reading.held.subarray(0, size);
  reading.at = { byte: byte + size, line: line + countNewlines(passed) };
  reading.held = reading.held.subarray(size);
}

function blankBytes(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== NEWLINE && byte !== CARRIAGE_RETURN);
  return first < 0 ? bytes.length : first;
}

/** How many lines the bytes end. */
export function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
