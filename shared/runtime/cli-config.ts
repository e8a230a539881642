import { type Config, readConfig } from './config.ts';

/** What the command `mooring` takes from the environment; its options come before it. */
export type CliConfig = Pick<
  Config,
  'dataDir' | 'sync' | 'tokenKeys' | 'sealingKeys' | 'identities' | 'aliyun' | 'tables'
> &
  ApiAccess;

/** Where the OpenAPI is and with which access key to call it. */
export type ApiAccess = {
  endpoint?: string;
  accessKeyId?: string;
  accessKeySecret?: string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError, see readConfig. */
export function readCliConfig(env: Environment = process.env): CliConfig {
  const { dataDir, sync, tokenKeys, sealingKeys, identities, aliyun, tables } = readConfig(env);
  const config = { dataDir, sync, tokenKeys, sealingKeys, identities, aliyun, tables };
  return { ...config, ...readApiAccess(env) };
}

function readApiAccess(env: Environment): ApiAccess {
  const endpoint = env['MOORING_ENDPOINT']?.trim();
  const accessKeyId = env['MOORING_ACCESS_KEY_ID']?.trim();
  const accessKeySecret = env['MOORING_ACCESS_KEY_SECRET']?.trim();
  return {
    ...(endpoint && { endpoint }),
    ...(accessKeyId && { accessKeyId }),
    ...(accessKeySecret && { accessKeySecret }),
  };
}
