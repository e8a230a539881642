import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from '../command.ts';
import { checkpointPath } from './import-checkpoint.ts';

/**
 * Two runs of one import at once would spoil its rejects and its checkpoint. The lock of a process that was
 * killed is taken over. Runs into two stores count as one import: they would share the rejects. Returns
 * what lets go of it.
 * @throws CommandError where another process holds it.
 */
export function lockImport(dataDir: string, file: string): () => void {
  const path = `${checkpointPath(dataDir, file)}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  if (!claim(path)) {
    const holder = Number(readFileSync(path, 'utf8'));
    if (isRunning(holder)) {
      throw new CommandError(
        `Process ${holder} is importing this file. Wait for it; if that process is another program, remove ${path}.`,
      );
    }
    rmSync(path, { force: true });
    if (!claim(path)) throw new CommandError('Another process has just begun to import this file.');
  }
  return () => rmSync(path, { force: true });
}

/** A data folder that is made for it may be one with keys later. */
const FOLDER_MODE = 0o700;

function claim(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Signal 0 is not sent, only asked about; a process of another user may not be asked. */
function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
