import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { createLmdbStore, type LmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { createRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import { isRabbitmqError } from '../../shared/adapters/rabbitmq/rabbitmq-error.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing, type Sealing } from '../../shared/core/sealing/sealing.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import type { CliConfig } from '../../shared/runtime/cli-config.ts';
import { createLog } from '../../shared/runtime/log.ts';
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
  if (existsSync(join(dataDir, 'tables'))) return;
  throw new CommandError(
    `${dataDir} holds no data of Mooring. Name the folder with --data-dir or MOORING_DATA_DIR; npm start makes one.`,
  );
}

/** The folder's messages. @throws CommandError as requireData, and where they are elsewhere. */
export function requireMessages(config: CliConfig): string {
  requireData(config);
  const path = join(config.dataDir, 'bus');
  if (existsSync(path)) return path;
  throw new CommandError(
    `${config.dataDir} holds no messages. If its stack has them on a RabbitMQ, set MOORING_BUS as it does.`,
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

/** As withStore, for the messages; those of MOORING_BUS, where that is set, need no folder. */
export async function withBus<T>(
  config: CliConfig,
  use: (bus: MessageBus) => Promise<T>,
): Promise<T> {
  const bus = openBus(config);
  try {
    return await explainRabbitmq(use(bus));
  } finally {
    await bus.close();
  }
}

function openBus(config: CliConfig): MessageBus {
  const { busUrl, sync } = config;
  const nowMs = () => Date.now();
  if (busUrl !== undefined) {
    return createRabbitmqBus({ url: busUrl, nowMs, log: createLog({ level: 'silent' }) });
  }
  return createLmdbBus({ path: requireMessages(config), nowMs, sync });
}

/** Rejects with a CommandError where the broker, or the way to it, is at fault. */
export async function explainRabbitmq<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isRabbitmqError(error)) throw error;
    throw new CommandError(`${error.message}.`, { cause: error });
  }
}

export function openSealing(config: CliConfig): Sealing {
  return createSealing(createKeyRing(resolveKeys(config).sealing), randomBytes);
}
