import { access, constants, type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { isErrno } from '../../../shared/runtime/errno.ts';
import { CommandError } from '../command.ts';
import type { ImportColumns } from './import-columns.ts';

/** A line that was not imported. `fields` are absent where they cannot be told apart. */
export type Reject = { line: number; reason: string; fields?: readonly string[] };

export type RejectFile = {
  /** Bytes so far, to be noted and given to openRejectFile after a kill. */
  sizeBytes(): number;
  append(rejects: readonly Reject[]): Promise<void>;
  /** Resolves when what was appended is on the disk. */
  flush(): Promise<void>;
  close(): Promise<void>;
};

const HEAD = 'Line,Reason';

/**
 * The lines with a reason each, under the columns of the list but its secrets: they stay in the list
 * alone. The file is made with the first reject. `sizeBytes` is how much of it an interrupted import
 * has noted; what stands behind that is cut off and comes again.
 * @throws CommandError for a file that is none of ours, one that was changed meanwhile, and a folder that
 * cannot be written to.
 */
export async function openRejectFile(
  path: string,
  columns: ImportColumns,
  sizeBytes: number,
): Promise<RejectFile> {
  let file = sizeBytes > 0 ? await reopen(path, sizeBytes) : undefined;
  if (!file) await makeRoom(path);
  let size = sizeBytes;
  const shown = [...columns.names.keys()].filter((place) => place !== columns.secretPlace);
  const write = async (rows: readonly (readonly string[])[]): Promise<void> => {
    file ??= await open(path, 'w', SECRET_MODE);
    const bytes = Buffer.from(stringify([...rows]));
    await file.appendFile(bytes);
    size += bytes.length;
  };
  return {
    sizeBytes: () => size,
    append: async (rejects) => {
      if (rejects.length === 0) return;
      const cells = (fields: readonly string[] = []) => shown.map((place) => fields[place] ?? '');
      const header = size === 0 ? [[...HEAD.split(','), ...cells(columns.names)]] : [];
      const rows = rejects.map(({ line, reason, fields }) => [
        String(line),
        reason,
        ...cells(fields),
      ]);
      await write([...header, ...rows]);
    },
    flush: async () => file?.datasync(),
    close: async () => file?.close(),
  };
}

/** Serial numbers may be all that it takes to get a certificate. */
const SECRET_MODE = 0o600;

async function reopen(path: string, sizeBytes: number): Promise<FileHandle> {
  const file = await openOld(path);
  if (!file || (await file.stat()).size < sizeBytes) {
    await file?.close();
    throw new CommandError(
      `${path}, the rejects of the interrupted import, was changed or taken away. Put it back, or begin anew with --again.`,
    );
  }
  await file.truncate(sizeBytes);
  await file.close();
  return open(path, 'a');
}

/**
 * Removes the rejects of an earlier import. A file that holds anything else must not go because of a
 * mistyped option. What is wrong with the folder is told before a device is registered.
 */
async function makeRoom(path: string): Promise<void> {
  const file = await openOld(path);
  if (!file) return requireWritable(dirname(path));
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0);
  await file.close();
  const head = buffer.toString('utf8', 0, bytesRead);
  if (bytesRead > 0 && head !== HEAD) {
    throw new CommandError(
      `${path} is there and holds no rejects of an import. Name another file with --rejects.`,
    );
  }
  await rm(path);
}

async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new CommandError(
      `Rejects cannot be written to ${folder}. Name a file in another folder with --rejects.`,
      { cause },
    );
  }
}

async function openOld(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw new CommandError(
      `Rejects cannot be written to ${path}. Name another file with --rejects.`,
      { cause },
    );
  }
}
