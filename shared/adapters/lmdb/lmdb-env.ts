import { resolve } from 'node:path';
import type { RootDatabase } from 'lmdb';

/**
 * `flush` answers a write once it is on the disk. `commit` answers once it is in the page cache: it
 * survives the end of the process, but a power cut may lose it and damage the whole folder.
 */
export type Sync = 'flush' | 'commit';

export type Env = { root: RootDatabase; close(): Promise<void> };

type EnvOptions = { path: string; sync: Sync };

type OpenEnv = { sync: Sync; users: number; root: Promise<RootDatabase> };

const FORMAT = 1;

/**
 * One handle a folder and process. With two, a synchronous transaction of one (lmdb opens a
 * database in one) would wait for the other's write lock on the very thread that must release it.
 */
const openEnvs = new Map<string, OpenEnv>();

/** Opens the folder, or joins whoever has it open in this process. Loads lmdb on first use: 30 ms. */
export const openEnv = async ({ path, sync }: EnvOptions): Promise<Env> => {
  const folder = resolve(path);
  const shared = openEnvs.get(folder) ?? { sync, users: 0, root: openRoot(folder, sync) };
  if (shared.sync !== sync)
    throw new Error(`${folder} is already open in this process with sync '${shared.sync}'`);
  openEnvs.set(folder, shared);
  shared.users += 1;
  const leave = async (): Promise<void> => {
    shared.users -= 1;
    if (shared.users > 0) return;
    openEnvs.delete(folder);
    await (await shared.root).close();
  };
  try {
    return { root: await shared.root, close: leave };
  } catch (error) {
    openEnvs.delete(folder);
    throw error;
  }
};

const openRoot = async (path: string, sync: Sync): Promise<RootDatabase> => {
  const { open } = await import('lmdb');
  // Without overlappingSync a commit becomes visible, and its promise resolves, after fdatasync:
  // no other process ever acts on a write that a power cut may still take back.
  const root = open({ path, overlappingSync: false, noSync: sync === 'commit', maxDbs: 32 });
  const about = root.openDB<number, string>({ name: ABOUT });
  const format = about.get('format');
  if (format === undefined) await about.put('format', FORMAT);
  if (format === undefined || format === FORMAT) return root;
  await root.close();
  throw new Error(
    `${path} holds data of format ${format}, this Mooring reads format ${FORMAT}: ` +
      'start the version that wrote it, or point MOORING_DATA_DIR at another folder',
  );
};

/** Database of an env that describes the env itself. */
export const ABOUT = 'about';

/** Waits for a write. A failed commit rejects with its reason, which lmdb keeps in a second promise. */
export const settled = async <T>(write: Promise<T>): Promise<T> => {
  try {
    return await write;
  } catch (error) {
    if (error instanceof Error && 'commitError' in error) await error.commitError;
    throw error;
  }
};
