import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CommandError } from '../command.ts';
import { countNewlines, NEWLINE } from './csv-records.ts';

/** Tells a list from one that was changed: what is noted of the one means nothing in the other. */
export type ListDigest = { sizeBytes: number; sha256: string };

/**
 * One pass over the bytes of a list, before anything is done with it.
 * @throws CommandError for a file that is absent, has more than `mostLines` lines behind its header, or
 * has line ends of which the header would never end.
 */
export async function digestList(file: string, mostLines: number): Promise<ListDigest> {
  await requireFile(file);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let newlines = 0;
  let last: number | undefined;
  for await (const chunk of createReadStream(file)) {
    if (sizeBytes === 0) refuseOldMac(file, chunk);
    hash.update(chunk);
    sizeBytes += chunk.length;
    newlines += countNewlines(chunk);
    last = chunk.at(-1);
  }
  const lines = last === NEWLINE ? newlines : newlines + 1;
  if (lines <= mostLines + 1) return { sizeBytes, sha256: hash.digest('hex') };
  throw new CommandError(
    `${file} has more than ${mostLines} lines, and nothing was imported. Split it, with the header on top of each part.`,
  );
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new CommandError(`${file} cannot be read. Name a CSV file.`, { cause });
  });
  if (!found.isFile()) throw new CommandError(`${file} is no file. Name a CSV file.`);
}

/** All of such a file would be its header. */
function refuseOldMac(file: string, beginning: Buffer): void {
  if (!LONE_RETURN.test(beginning.toString('latin1'))) return;
  throw new CommandError(
    `${file} has the line ends of an old Mac, a carriage return alone. Save it as "CSV UTF-8".`,
  );
}

/** In the first line. */
const LONE_RETURN = /^[^\n]*\r[^\r\n]/;
