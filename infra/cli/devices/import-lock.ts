import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from '../../../shared/runtime/errno.ts';
import { CommandError } from '../command.ts';
import { checkpointPath } from './import-checkpoint.ts';

/**
 * Two runs of one import at once would spoil its rejects and its checkpoint. The lock of a process that was
 * killed is taken over. Runs into two stores count as one import: they would share the rejects. Returns
 * what lets go of it.
 *
 *     process A   write A.tmp   link A.tmp lock -> made
 *     process B   write B.tmp   link B.tmp lock -> EEXIST   read lock: A, which is running
 *
 * A link never replaces a file and never shows half of one.
 * @throws CommandError where another process holds it.
 */
export function lockImport(dataDir: string, file: string): () => void {
  const path = `${checkpointPath(dataDir, file)}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const mine = `${path}.${randomBytes(NONCE_BYTES).toString('hex')}.tmp`;
  writeFileSync(mine, String(process.pid), { flag: 'wx' });
  try {
    while (!claim(mine, path)) {
      const holder = readHolder(path);
      if (holder === undefined) continue;
      if (isRunning(holder)) throw heldBy(holder, path);
      takeOver(mine, path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** A data folder that is made for it may be one with keys later. */
const FOLDER_MODE = 0o700;
const NONCE_BYTES = 8;

/**
 * Makes way for the next claim where the holder is gone. One process at a time does that, so that none
 * removes what another one has just claimed: while it does, nobody else changes a lock that is dead.
 */
function takeOver(mine: string, path: string): void {
  const guard = `${path}.takeover`;
  if (!claim(mine, guard)) {
    const taker = readHolder(guard);
    if (taker === undefined) return;
    if (isRunning(taker)) throw heldBy(taker, guard);
    throw new CommandError(`${guard} is of a process that was killed. Remove it.`);
  }
  try {
    const holder = readHolder(path);
    if (holder !== undefined && !isRunning(holder)) rmSync(path);
  } finally {
    rmSync(guard);
  }
}

function claim(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Undefined where nobody holds it any more. */
function readHolder(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function heldBy(holder: number, path: string): CommandError {
  return new CommandError(
    `Process ${holder} is importing this file. Wait for it; if that process is another program, remove ${path}.`,
  );
}

/** Signal 0 is not sent, only asked about; a process of another user may not be asked. */
function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}
