import { randomHex } from '../../../shared/core/random/random-text.ts';
import { CommandError } from '../command.ts';
import { type CsvPosition, readCsv } from './csv-records.ts';
import { CHECKPOINT_FORMAT, type ImportCheckpoint, readCheckpoint } from './import-checkpoint.ts';
import { type ImportColumns, readColumns } from './import-columns.ts';
import { totalsText } from './import-totals.ts';
import { digestList, type ListDigest } from './list-digest.ts';

export type ImportOptions = {
  /** Absolute. */
  file: string;
  checkpointPath: string;
  /** Of the lines that name none; empty where it was not given. */
  productKey: string;
  /** Notes deviceIds and registers no device. */
  reserves: boolean;
  /** Absolute; absent: FILE.rejects.csv, or where the interrupted import writes them. */
  rejectsPath?: string;
  /** From the first line, whatever was done before. */
  again: boolean;
  mostLines: number;
};

export type ImportStart = {
  columns: ImportColumns;
  headerEnd: CsvPosition;
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
  const digest = await digestList(options.file, options.mostLines);
  const header = await readHeader(options);
  const earlier = options.again ? undefined : readCheckpoint(options.checkpointPath);
  if (earlier && isInTheWay(earlier, digest, options)) {
    requireSameImport(earlier, digest, options);
    return { ...header, checkpoint: earlier, isResumed: true };
  }
  requireProductKeys(header.columns, options);
  const checkpoint: ImportCheckpoint = {
    format: CHECKPOINT_FORMAT,
    file: options.file,
    ...digest,
    productKey: options.productKey,
    reserves: options.reserves,
    importId: randomHex(IMPORT_ID_BYTES, parts.randomBytes),
    startedAtMs: parts.nowMs(),
    finishedAtMs: null,
    position: header.headerEnd,
    registered: {},
    rejected: 0,
    rejectsPath: options.rejectsPath ?? `${options.file}.rejects.csv`,
    rejectsBytes: 0,
  };
  return { ...header, checkpoint, isResumed: false };
}

const IMPORT_ID_BYTES = 16;

async function readHeader({
  file,
  reserves,
}: ImportOptions): Promise<Pick<ImportStart, 'columns' | 'headerEnd'>> {
  for await (const [header] of readCsv(file)) {
    if (!header) continue;
    if ('fault' in header) {
      throw new CommandError(`Line ${header.line} of ${file}, the header: ${header.fault}.`);
    }
    return { columns: readColumns(header.fields, { reserves }), headerEnd: header.end };
  }
  throw new CommandError(`${file} is empty.`);
}

/** No line could be imported. */
function requireProductKeys({ places }: ImportColumns, { productKey }: ImportOptions): void {
  if (productKey !== '' || places.ProductKey !== undefined) return;
  throw new CommandError(
    'The header has no column ProductKey, and --product is not given. Say with --product KEY of which product the devices are.',
  );
}

/** One that has ended is, where this run would do the same again; one that was interrupted always. */
function isInTheWay(
  earlier: ImportCheckpoint,
  digest: ListDigest,
  options: ImportOptions,
): boolean {
  if (earlier.finishedAtMs === null) return true;
  const isSameRun =
    earlier.productKey === options.productKey && earlier.reserves === options.reserves;
  return isSameRun && isSameList(earlier, digest);
}

const isSameList = (one: ListDigest, other: ListDigest): boolean =>
  one.sizeBytes === other.sizeBytes && one.sha256 === other.sha256;

/** @throws CommandError where an import of this file has ended, or began otherwise than this run would go on. */
function requireSameImport(
  earlier: ImportCheckpoint,
  digest: ListDigest,
  { file, productKey, reserves, rejectsPath = earlier.rejectsPath }: ImportOptions,
): void {
  const { finishedAtMs, position } = earlier;
  const again = earlier.reserves ? '' : '; devices that exist are then rejected';
  if (finishedAtMs !== null) {
    throw new CommandError(
      `${file} was imported on ${new Date(finishedAtMs).toISOString()}: ${totalsText(earlier)}. --again imports it from its first line${again}.`,
    );
  }
  if (!isSameList(earlier, digest)) {
    throw new CommandError(
      `${file} was changed since its import was interrupted before line ${position.line}. Put it back as it was, or begin anew with --again${again}.`,
    );
  }
  const isSameRun = productKey === earlier.productKey && reserves === earlier.reserves;
  if (isSameRun && rejectsPath === earlier.rejectsPath) return;
  const product = earlier.productKey ? `--product ${earlier.productKey}` : 'no --product';
  const reserve = earlier.reserves ? '--reserve' : 'no --reserve';
  throw new CommandError(
    `The import of ${file} was interrupted, and began with ${product}, ${reserve} and --rejects ${earlier.rejectsPath}. Go on with the same, or begin anew with --again.`,
  );
}
