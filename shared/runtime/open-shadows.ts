import { openAliyunShadows } from '../adapters/aliyun/function-shadows.ts';
import { createOwnShadows } from '../core/shadow/own-shadows.ts';
import type { Log } from '../ports/log.ts';
import type { Shadows } from '../ports/shadows.ts';
import type { Store } from '../ports/table.ts';
import type { Config } from './config.ts';
import { aliyunCredentials } from './role-credentials.ts';

type OpenShadowsOptions = {
  config: Pick<Config, 'shadows' | 'aliyun'>;
  store: Store;
  log: Log;
  nowMs: () => number;
};

/** The place of the shadows that is configured. Connects at the first request. */
export function openShadows({ config, store, log, nowMs }: OpenShadowsOptions): Shadows {
  const { shadows, aliyun } = config;
  if (shadows === 'own') return createOwnShadows({ store });
  return openAliyunShadows({ aliyun, credentials: aliyunCredentials(aliyun), log, nowMs });
}
