import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from '../shared/runtime/errno.ts';

/** Held until `release`, or by the process `holderId`, whose lock is `path`. */
export type ProcessLock =
  | { isMine: true; release(): void }
  | { isMine: false; holderId: number; path: string };

/**
 * A file that one process at a time holds, on a disk of this machine. A lock whose process is gone is
 * taken over; from another container, every process of this one looks gone.
 *
 *     process A   write A.tmp   link A.tmp lock -> made
 *     process B   write B.tmp   link B.tmp lock -> EEXIST   read lock: A, which is running
 *
 * A link never replaces a file and never shows half of one.
 */
export function lockProcess(path: string): ProcessLock {
  mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const mine = `${path}.${randomBytes(NONCE_BYTES).toString('hex')}.tmp`;
  writeFileSync(mine, `${process.pid} ${startOf(process.pid) ?? ''}`, { flag: 'wx' });
  try {
    return take(mine, path);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** A data folder that is made for a lock may be one with keys later. */
const FOLDER_MODE = 0o700;
const NONCE_BYTES = 8;

/**
 * Makes way for the next claim where the holder is gone. One process at a time does that, so that none
 * removes what another one has just claimed: it holds a lock of its own for it, which is taken over in
 * the same way if its process is killed in the middle.
 */
function take(mine: string, path: string): ProcessLock {
  while (!claim(mine, path)) {
    const holder = readHolder(path);
    if (holder === undefined) continue;
    if (isRunning(holder)) return { isMine: false, holderId: holder.id, path };
    const takeover = take(mine, `${path}.takeover`);
    if (!takeover.isMine) return takeover;
    try {
      const left = readHolder(path);
      if (left !== undefined && !isRunning(left)) rmSync(path);
    } finally {
      takeover.release();
    }
  }
  return { isMine: true, release: () => rmSync(path, { force: true }) };
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

/** `start` tells it from a later process of the same id; empty where nothing did. */
type Holder = { id: number; start: string };

/** Undefined where nobody holds it any more. */
function readHolder(path: string): Holder | undefined {
  try {
    const [id = '', start = ''] = readFileSync(path, 'utf8').split(' ');
    return { id: Number(id), start };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** A loss of power may leave a lock empty: that is of no process. */
function isRunning({ id, start }: Holder): boolean {
  if (!Number.isInteger(id) || id <= 0 || !isThere(id)) return false;
  const startNow = startOf(id);
  if (startNow === ENDED) return false;
  // This very process would know of its lock, had it written its start: the lock is of an earlier one.
  if (start === '' || startNow === undefined) return id !== process.pid;
  return start === startNow;
}

/** Signal 0 is not sent, only asked about; a process of another user may not be asked. */
function isThere(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

/**
 * The boot and the clock ticks since it, at which a process was started (proc(5), stat, fields 3 and 22).
 * Undefined where the system does not tell.
 */
function startOf(id: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The name, field 2, may hold spaces and brackets.
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ENDED_STATES.has(state) ? ENDED : `${boot}/${fields[START_FIELD]}`;
  } catch {
    return undefined;
  }
}

/** It is there until its parent has asked for its exit code, and runs no more. */
const ENDED = 'ended';
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X']);
const START_FIELD = 18;
