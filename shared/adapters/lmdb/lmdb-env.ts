import { resolve } from 'node:path';
import type { RootDatabase } from 'lmdb';

/**
 * `flush` answers a write once it is on the disk. `commit` answers once it is in the page cache, and
 * flushes behind that: it survives the end of the process, but a power cut may undo the last writes.
 */
export type Sync = 'flush' | 'commit';

export type Env = { root: RootDatabase; settle: Settle; close(): Promise<void> };

/**
 * Waits until a write is as durable as the env was asked to make it. Call it with the write itself,
 * `settle(db.put(…))`: the flush that it waits for is that of the last write made.
 */
export type Settle = <T>(write: Promise<T>) => Promise<T>;

type EnvOptions = { path: string; sync: Sync };

type OpenEnv = { sync: Sync; users: number; root: Promise<RootDatabase> };

const FORMAT = 1;

/**
 * One handle a folder and process. With two, a synchronous transaction of one (lmdb opens a
 * database in one) would wait for the other's write lock on the very thread that must release it.
 */
const openEnvs = new Map<string, OpenEnv>();

/** Opens the folder, or joins whoever has it open in this process. Loads lmdb on first use: 30 ms. */
export async function openEnv({ path, sync }: EnvOptions): Promise<Env> {
  const folder = resolve(path);
  const shared = openEnvs.get(folder) ?? { sync, users: 0, root: openRoot(folder) };
  if (shared.sync !== sync) {
    throw new Error(`${folder} is already open in this process with sync '${shared.sync}'`);
  }
  openEnvs.set(folder, shared);
  shared.users += 1;
  const leave = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    openEnvs.delete(folder);
    await (await shared.root).close();
  };
  try {
    const root = await shared.root;
    return { root, settle: createSettle(root, sync), close: leave };
  } catch (error) {
    openEnvs.delete(folder);
    throw error;
  }
}

/** More of them than a batch of any function writes. */
const WRITES_OF_A_TURN = 10_000;

async function openRoot(path: string): Promise<RootDatabase> {
  const { open } = await import('lmdb');
  // Overlapping: a commit is visible at once, and its flush runs beside the next transaction. So a
  // consumer may see a message that a power cut then takes back, but nobody was told it was safe.
  const options = {
    path,
    overlappingSync: true,
    separateFlushed: true,
    // Twice the tables that there are: each is one, and opening one too many fails.
    maxDbs: 64,
    // With lmdb's own batching of an event turn, a commit that fails (a full disk) also rejects a
    // promise that nobody holds, which ends the process. A transaction begins with the next turn
    // instead, and takes what this one wrote.
    eventTurnBatching: false,
    txnStartThreshold: WRITES_OF_A_TURN,
  };
  const root = open(options);
  const about = root.openDB<number, string>({ name: ABOUT });
  const format = about.get('format');
  if (format === undefined) await about.put('format', FORMAT);
  if (format === undefined || format === FORMAT) return root;
  await root.close();
  throw new Error(
    `${path} holds data of format ${format}, this Mooring reads format ${FORMAT}: ` +
      'start the version that wrote it, or point MOORING_DATA_DIR at another folder',
  );
}

/** Database of an env that describes the env itself. */
export const ABOUT = 'about';

function createSettle(root: RootDatabase, sync: Sync): Settle {
  if (sync === 'commit') return committed;
  return async (write) => {
    const flushed = flushOf(write, root);
    const written = await committed(write);
    await flushed;
    return written;
  };
}

/** lmdb gives a put its flush, shared by the transaction; that of a transaction function is the env's next one. */
function flushOf(write: Promise<unknown>, root: RootDatabase): Promise<unknown> {
  return 'flushed' in write && write.flushed instanceof Promise
    ? write.flushed
    : root.flushed.then(Boolean);
}

/** A failed commit rejects with its reason, which lmdb keeps in a second promise. */
async function committed<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const reason = await reasonOf(error);
    if (isPanic(reason)) endProcess();
    throw reason;
  }
}

async function reasonOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && 'commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (reason) {
    return reason;
  }
}

/** MDB_PANIC of lmdb.h. */
const PANIC = -30795;

function isPanic(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === PANIC;
}

/**
 * Where another process is killed while it flushes, lmdb's overlapping sync may give up the env in
 * this one: no write works any more, and it can neither be closed nor opened again. A process that
 * is started anew can use it, so this one ends, as it would for any fault that nobody catches.
 */
function endProcess(): void {
  setImmediate(() => {
    throw new Error(
      'lmdb has given up the data folder in this process, because another process was killed while it wrote. Nothing that was answered is lost: start this process again.',
    );
  });
}
