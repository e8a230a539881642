import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import { createLmdbStore, type LmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { createRabbitmqBus } from '../../shared/adapters/rabbitmq/rabbitmq-bus.ts';
import { createKeyRing, type KeyRing } from '../../shared/core/keys/key-ring.ts';
import type { RandomBytes } from '../../shared/core/random/random-text.ts';
import { createSealing, type Sealing } from '../../shared/core/sealing/sealing.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { CountedBus } from '../../shared/ports/message-bus.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { ensureKeyFile, keyFilePath } from '../../shared/runtime/key-file.ts';
import { createLog } from '../../shared/runtime/log.ts';
import { resolveKeys } from '../../shared/runtime/resolve-keys.ts';

/** What everything on one data folder works with. Any number of processes may open it. */
export type Base = {
  store: LmdbStore;
  bus: CountedBus;
  tokenKeys: KeyRing;
  sealing: Sealing;
  log: Log;
  nowMs: () => number;
  randomBytes: RandomBytes;
  randomInteger: (below: number) => number;
};

/** Makes the folder's keys if it has none and the environment brings none. */
export function openBase(config: Config): Base {
  const { dataDir, sync, busUrl } = config;
  if (config.tokenKeys.length === 0 || config.sealingKeys.length === 0) ensureKeys(dataDir);
  const keys = resolveKeys(config);
  const nowMs = () => Date.now();
  const log = createLog({ level: config.logLevel });
  return {
    store: createLmdbStore({ path: join(dataDir, 'tables'), nowMs, sync }),
    bus:
      busUrl === undefined
        ? createLmdbBus({ path: join(dataDir, 'bus'), nowMs, sync, log })
        : createRabbitmqBus({ url: busUrl, nowMs, log }),
    tokenKeys: createKeyRing(keys.token),
    sealing: createSealing(createKeyRing(keys.sealing), randomBytes),
    log,
    nowMs,
    randomBytes,
    randomInteger: (below) => randomInt(below),
  };
}

/** New keys beside old data would open none of its secrets, and every sign-in would fail. */
function ensureKeys(dataDir: string): void {
  if (existsSync(join(dataDir, 'tables')) && !existsSync(keyFilePath(dataDir))) {
    throw new Error(
      `${keyFilePath(dataDir)} is missing, but ${dataDir} holds data: put the file back, or start on another folder (MOORING_DATA_DIR)`,
    );
  }
  ensureKeyFile(dataDir, randomBytes);
}
