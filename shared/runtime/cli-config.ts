import { type Config, readConfig } from './config.ts';
import { type Environment, present, textOf } from './environment.ts';

/** What the command `mooring` takes from the environment; its options come before it. */
export type CliConfig = Pick<
  Config,
  'dataDir' | 'sync' | 'busUrl' | 'tokenKeys' | 'sealingKeys' | 'identities' | 'aliyun' | 'tables'
> &
  ApiAccess;

/** Where the OpenAPI is and with which access key to call it. */
export type ApiAccess = {
  endpoint?: string;
  accessKeyId?: string;
  accessKeySecret?: string;
};

/** @throws ConfigError, see readConfig. */
export function readCliConfig(env: Environment = process.env): CliConfig {
  const { dataDir, sync, busUrl, tokenKeys, sealingKeys, identities, aliyun, tables } =
    readConfig(env);
  const given = present({
    busUrl,
    endpoint: textOf(env, 'MOORING_ENDPOINT'),
    accessKeyId: textOf(env, 'MOORING_ACCESS_KEY_ID'),
    accessKeySecret: textOf(env, 'MOORING_ACCESS_KEY_SECRET'),
  });
  return { dataDir, sync, tokenKeys, sealingKeys, identities, aliyun, tables, ...given };
}
