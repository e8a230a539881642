import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { randomHex } from '../../../shared/core/random/random-text.ts';
import { CommandError } from '../command.ts';
import { type CsvPosition, countNewlines, readCsv } from './csv-records.ts';
import { type ImportCheckpoint, readCheckpoint } from './import-checkpoint.ts';
import { type ImportColumns, readColumns } from './import-columns.ts';

export type ImportOptions = {
  /** Absolute. */
  file: string;
  checkpointPath: string;
  /** Of the lines that name none; empty where it was not given. */
  productKey: string;
  /** Absolute; absent: FILE.rejects.csv, or where the interrupted import writes them. */
  rejectsPath?: string;
  /** From the first line, whatever was done before. */
  again: boolean;
  mostLines: number;
};

export type ImportStart = {
  columns: ImportColumns;
  checkpoint: ImportCheckpoint;
  isResumed: boolean;
};

type StartParts = { nowMs: () => number; randomBytes: (size: number) => Uint8Array };

/**
 * Where to begin, or to go on after an interruption. Nothing is written yet.
 * @throws CommandError for a file that is absent, too long, without the header that it needs, imported
 * already, or not the one whose import was interrupted.
 */
export async function startImport(options: ImportOptions, parts: StartParts): Promise<ImportStart> {
  const { sizeBytes, modifiedAtMs } = await describeFile(options.file);
  await refuseTooLong(options);
  const { columns, end } = await readHeader(options.file);
  const earlier = options.again ? undefined : readCheckpoint(options.checkpointPath);
  const isSameFile = earlier?.sizeBytes === sizeBytes && earlier.modifiedAtMs === modifiedAtMs;
  if (earlier && (isSameFile || earlier.finishedAtMs === null)) {
    requireSameImport(earlier, isSameFile, options);
    return { columns, checkpoint: earlier, isResumed: true };
  }
  const checkpoint: ImportCheckpoint = {
    format: 1,
    file: options.file,
    sizeBytes,
    modifiedAtMs,
    productKey: options.productKey,
    importId: randomHex(IMPORT_ID_BYTES, parts.randomBytes),
    startedAtMs: parts.nowMs(),
    finishedAtMs: null,
    position: end,
    registered: {},
    rejected: 0,
    rejectsPath: options.rejectsPath ?? `${options.file}.rejects.csv`,
    rejectsBytes: 0,
  };
  return { columns, checkpoint, isResumed: false };
}

const IMPORT_ID_BYTES = 16;

async function describeFile(file: string): Promise<{ sizeBytes: number; modifiedAtMs: number }> {
  try {
    const found = await stat(file);
    if (found.isFile()) return { sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
  } catch (cause) {
    throw new CommandError(`${file} cannot be read. Name a CSV file.`, { cause });
  }
  throw new CommandError(`${file} is no file. Name a CSV file.`);
}

/** A glance over the bytes, so that a list which is too long is refused before anything is done. */
async function refuseTooLong({ file, mostLines }: ImportOptions): Promise<void> {
  let newlines = 0;
  for await (const chunk of createReadStream(file)) newlines += countNewlines(chunk);
  if (newlines <= mostLines + 1) return;
  throw new CommandError(
    `${file} has more than ${mostLines} lines, and nothing was imported. Split it, with the header on top of each part.`,
  );
}

async function readHeader(file: string): Promise<{ columns: ImportColumns; end: CsvPosition }> {
  for await (const [header] of readCsv(file)) {
    if (!header) continue;
    if ('fault' in header) {
      throw new CommandError(`Line ${header.line} of ${file}, the header: ${header.fault}.`);
    }
    return { columns: readColumns(header.fields), end: header.end };
  }
  throw new CommandError(`${file} is empty.`);
}

/** @throws CommandError where an import of this file has ended, or began otherwise than this run would go on. */
function requireSameImport(
  earlier: ImportCheckpoint,
  isSameFile: boolean,
  { file, productKey, rejectsPath = earlier.rejectsPath }: ImportOptions,
): void {
  const { finishedAtMs, position } = earlier;
  if (finishedAtMs !== null) {
    throw new CommandError(
      `${file} was imported on ${new Date(finishedAtMs).toISOString()}: ${totalsText(earlier)}. --again imports it from its first line; devices that exist are then rejected.`,
    );
  }
  if (!isSameFile) {
    throw new CommandError(
      `${file} was changed since its import was interrupted before line ${position.line}. Put it back as it was, or begin anew with --again; devices that exist are then rejected.`,
    );
  }
  if (productKey === earlier.productKey && rejectsPath === earlier.rejectsPath) return;
  throw new CommandError(
    `The import of ${file} was interrupted, and began with ${earlier.productKey ? `--product ${earlier.productKey}` : 'no --product'} and --rejects ${earlier.rejectsPath}. Go on with the same, or begin anew with --again.`,
  );
}

/** Devices registered and lines rejected, over all runs of the import. */
export function totalsText(checkpoint: ImportCheckpoint): string {
  const { rejected, rejectsPath } = checkpoint;
  const where = rejected === 0 ? '' : ` (reasons in ${rejectsPath})`;
  return `${registeredOf(checkpoint)} devices registered, ${rejected} lines rejected${where}`;
}

export function registeredOf({ registered }: ImportCheckpoint): number {
  return Object.values(registered).reduce((sum, devices) => sum + devices, 0);
}
