import { randomBytes } from 'node:crypto';
import { createKeyRing, type KeyRing } from '../core/keys/key-ring.ts';
import { createSealing, type Sealing } from '../core/sealing/sealing.ts';
import type { Log } from '../ports/log.ts';
import type { MessageBus } from '../ports/message-bus.ts';
import type { Store } from '../ports/table.ts';
import { readConfig, type SyncMode } from './config.ts';
import { createLog } from './log.ts';
import { resolveKeys } from './resolve-keys.ts';

/** What `#store` exports, whichever store the bundle is built for. */
export type OpenFunctionStore = (options: {
  dataDir: string;
  sync: SyncMode;
  nowMs: () => number;
}) => { store: Store; bus: MessageBus };

/** What functions are wired from. */
export type Parts = {
  store: Store;
  bus: MessageBus;
  tokenKeys: KeyRing;
  sealing: Sealing;
  log: Log;
  nowMs: () => number;
  randomBytes: (size: number) => Uint8Array;
};

/** @throws ConfigError, KeyFileError, or an Error that asks for keys. */
export function openParts(openStore: OpenFunctionStore): Parts {
  const config = readConfig();
  const keys = resolveKeys(config);
  const nowMs = () => Date.now();
  const { store, bus } = openStore({ dataDir: config.dataDir, sync: config.sync, nowMs });
  return {
    store,
    bus,
    tokenKeys: createKeyRing(keys.token),
    sealing: createSealing(createKeyRing(keys.sealing), randomBytes),
    log: createLog({ level: config.logLevel }),
    nowMs,
    randomBytes,
  };
}
