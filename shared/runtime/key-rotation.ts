import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { isErrno } from './errno.ts';
import { type FileKeys, KeyFileError, keyFilePath, readKeyFile } from './key-file.ts';

/**
 * Rotation of the keys in `<data>/keys.json`, in steps between which every process on the folder is
 * restarted, because a process reads its keys when it starts:
 *
 *     add       [old]      -> [old, new]  every process learns the new key, none uses it yet
 *     promote   [old, new] -> [new, old]  whoever starts from now on uses it, all others know it
 *     drop      [new, old] -> [new]       once nothing is sealed with the old key any more
 *
 * So no process ever meets a secret or a token that was made with a key it has not read.
 */
export type KeyRotation = FileKeys & {
  /** The last key of each list is new and waits for `promoteKeys`. */
  pending: boolean;
};

/** @throws KeyFileError where there is no key file, see also readKeyFile. */
export function readKeyRotation(dataDir: string): KeyRotation {
  const keys = readKeyFile(dataDir);
  if (!keys) {
    throw new KeyFileError(`${keyFilePath(dataDir)} is not there: npm start makes it`);
  }
  const content: unknown = JSON.parse(readFileSync(keyFilePath(dataDir), 'utf8'));
  const pending =
    typeof content === 'object' && content !== null && Reflect.get(content, 'pending') === true;
  return { ...keys, pending };
}

/** @throws KeyFileError if keys that were added before still wait. */
export function addKeys(dataDir: string, newKey: () => Buffer): KeyRotation {
  return changeKeys(dataDir, ({ token, sealing, pending }) => {
    if (pending) throw new KeyFileError('keys were added before and are not in use yet');
    return { token: [...token, newKey()], sealing: [...sealing, newKey()], pending: true };
  });
}

/** Where no key waits, everything stays as it is. */
export function promoteKeys(dataDir: string): KeyRotation {
  return changeKeys(dataDir, (keys) =>
    keys.pending
      ? { token: lastFirst(keys.token), sealing: lastFirst(keys.sealing), pending: false }
      : keys,
  );
}

/** @throws KeyFileError while a key waits: the one in use would be kept and the new one lost. */
export function dropOldKeys(dataDir: string): KeyRotation {
  return changeKeys(dataDir, ({ token, sealing, pending }) => {
    if (pending) throw new KeyFileError('keys were added and are not in use yet');
    return { token: token.slice(0, 1), sealing: sealing.slice(0, 1), pending: false };
  });
}

function lastFirst(keys: readonly Buffer[]): readonly Buffer[] {
  return [...keys.slice(-1), ...keys.slice(0, -1)];
}

/** The unfinished file keeps a second rotation out, so that neither can undo the other's. */
function changeKeys(dataDir: string, change: (keys: KeyRotation) => KeyRotation): KeyRotation {
  const path = keyFilePath(dataDir);
  readKeyRotation(dataDir);
  const unfinished = `${path}.new`;
  const file = openExclusively(unfinished);
  try {
    const changed = change(readKeyRotation(dataDir));
    writeSync(file, `${encode(changed)}\n`);
    fsyncSync(file);
    renameSync(unfinished, path);
    flushFolder(dataDir);
    return changed;
  } catch (error) {
    removeIfPresent(unfinished);
    throw error;
  } finally {
    closeSync(file);
  }
}

function encode({ token, sealing, pending }: KeyRotation): string {
  const texts = (keys: readonly Buffer[]) => keys.map((key) => key.toString('base64'));
  return JSON.stringify({
    token: texts(token),
    sealing: texts(sealing),
    ...(pending && { pending }),
  });
}

function openExclusively(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
    throw new KeyFileError(
      `${path} is there: the keys are being changed, or that was interrupted; if so, remove it`,
      { cause },
    );
  }
}

/** A rename is durable once its folder is. Windows cannot open folders and needs no such call. */
function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
