import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../../../shared/runtime/errno.ts';
import { CommandError } from '../command.ts';
import type { CsvPosition } from './csv-records.ts';
import type { ListDigest } from './list-digest.ts';

/** How far the import of a file has come. Holds no secret. */
export type ImportCheckpoint = ListDigest & {
  format: typeof CHECKPOINT_FORMAT;
  file: string;
  /** `--product`, empty where it was not given. */
  productKey: string;
  /** `--reserve`: deviceIds are noted, and no device is registered. */
  reserves: boolean;
  importId: string;
  startedAtMs: number;
  /** Null until the whole file is done. */
  finishedAtMs: number | null;
  /** Behind the last line that is done; the header's end before the first. */
  position: CsvPosition;
  /** Devices by product; with `reserves` deviceIds. */
  registered: Readonly<Record<string, number>>;
  rejected: number;
  rejectsPath: string;
  rejectsBytes: number;
};

export const CHECKPOINT_FORMAT = 2;

/**
 * One a file and store, in the data folder. `file` is an absolute path, `place` that of storePlace:
 * empty where it was imported into the data folder itself.
 */
export function checkpointPath(dataDir: string, file: string, place = ''): string {
  const imported = place === '' ? file : JSON.stringify([file, place]);
  const name = createHash('sha256').update(imported).digest('hex').slice(0, NAME_DIGITS);
  return join(dataDir, 'imports', `${name}.json`);
}

const NAME_DIGITS = 16;

/** @throws CommandError for a file that is not one of ours. */
export function readCheckpoint(path: string): ImportCheckpoint | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const content = parse(text);
  if (isCheckpoint(content)) return content;
  throw new CommandError(
    `${path} is damaged, or of another release: how far the import came is not known. Begin anew with --again: devices that exist are then rejected.`,
  );
}

/** Whole or not at all, and on the disk: neither a kill nor a loss of power leaves half a file. */
export async function writeCheckpoint(path: string, checkpoint: ImportCheckpoint): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.unfinished`;
  const file = await open(unfinished, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(checkpoint)}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

/** Nobody else writes these files: the format tells the rest. */
function isCheckpoint(content: unknown): content is ImportCheckpoint {
  return (
    typeof content === 'object' &&
    content !== null &&
    'format' in content &&
    content.format === CHECKPOINT_FORMAT
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
