import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLmdbBus, type LmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { createLmdbStore, type LmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing, type Sealing } from '../../shared/core/sealing/sealing.ts';
import type { CliConfig } from '../../shared/runtime/cli-config.ts';
import { resolveKeys } from '../../shared/runtime/resolve-keys.ts';
import { CommandError } from './command.ts';

/** The option that every command on a data folder has. */
export const DATA_DIR_OPTION = { 'data-dir': { type: 'string' } } as const;

export const DATA_DIR_USAGE =
  '  --data-dir DIR       the data folder (default: MOORING_DATA_DIR, else .mooring)';

/** The environment's settings, with the folder of `--data-dir` in place of its own. */
export function folderConfig(config: CliConfig, dataDir: string | undefined): CliConfig {
  return dataDir === undefined ? config : { ...config, dataDir };
}

/** @throws CommandError for a folder without data: a typing error must not make a new one. */
export function requireData({ dataDir }: CliConfig): void {
  if (existsSync(join(dataDir, 'tables')) && existsSync(join(dataDir, 'bus'))) return;
  throw new CommandError(
    `${dataDir} holds no data of Mooring. Name the folder with --data-dir or MOORING_DATA_DIR; npm start makes one.`,
  );
}

/** Runs beside the processes that have the folder open. */
export async function withStore<T>(
  config: CliConfig,
  use: (store: LmdbStore) => Promise<T>,
): Promise<T> {
  requireData(config);
  const path = join(config.dataDir, 'tables');
  const store = createLmdbStore({ path, nowMs: () => Date.now(), sync: config.sync });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** As withStore, for the messages. */
export async function withBus<T>(config: CliConfig, use: (bus: LmdbBus) => Promise<T>): Promise<T> {
  requireData(config);
  const path = join(config.dataDir, 'bus');
  const bus = createLmdbBus({ path, nowMs: () => Date.now(), sync: config.sync });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

export function openSealing(config: CliConfig): Sealing {
  return createSealing(createKeyRing(resolveKeys(config).sealing), randomBytes);
}
