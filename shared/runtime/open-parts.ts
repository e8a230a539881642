import { randomBytes } from 'node:crypto';
import { createKeyRing, type KeyRing } from '../core/keys/key-ring.ts';
import { createSealing, type Sealing } from '../core/sealing/sealing.ts';
import type { CredentialsSource } from '../ports/credentials.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/table.ts';
import { type Config, readConfig } from './config.ts';
import { createLog } from './log.ts';
import { resolveKeys } from './resolve-keys.ts';
import { aliyunCredentials } from './role-credentials.ts';

/** What stores and buses are opened with: each takes from it what it needs. */
type OpenOptions = Pick<Config, 'dataDir' | 'sync' | 'tables'> & {
  nowMs: () => number;
  /** Of Alibaba Cloud; asked when they are first needed. */
  credentials: CredentialsSource;
};

/** What `#store` exports as `openFunctionStore`, whichever store the bundle is built for. */
export type OpenFunctionStore = (options: OpenOptions) => Store;

/** What functions are wired from. */
export type Parts = {
  store: Store;
  tokenKeys: KeyRing;
  sealing: Sealing;
  log: Log;
  nowMs: () => number;
  randomBytes: (size: number) => Uint8Array;
  config: Config;
};

/** @throws ConfigError, KeyFileError, or an Error that asks for keys. */
export function openParts(openStore: OpenFunctionStore): Parts {
  const config = readConfig();
  const keys = resolveKeys(config);
  const nowMs = () => Date.now();
  return {
    store: openStore({ ...config, nowMs, credentials: aliyunCredentials(config.aliyun) }),
    tokenKeys: createKeyRing(keys.token),
    sealing: createSealing(createKeyRing(keys.sealing), randomBytes),
    log: createLog({ level: config.logLevel }),
    nowMs,
    randomBytes,
    config,
  };
}
