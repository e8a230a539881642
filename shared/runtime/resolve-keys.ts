import type { Config } from './config.ts';
import { KEY_EXAMPLE } from './decode-key.ts';
import { type FileKeys, KeyFileError, keyFilePath, readKeyFile } from './key-file.ts';

/**
 * The keys of the environment, or else of the data folder's key file.
 * @throws KeyFileError, which says what to do where there are neither.
 */
export function resolveKeys(
  config: Pick<Config, 'dataDir' | 'tokenKeys' | 'sealingKeys'>,
): FileKeys {
  const { tokenKeys, sealingKeys, dataDir } = config;
  if (tokenKeys.length > 0 && sealingKeys.length > 0) {
    return { token: tokenKeys, sealing: sealingKeys };
  }
  const file = readKeyFile(dataDir);
  if (!file) {
    throw new KeyFileError(
      `no keys: set MOORING_TOKEN_KEYS and MOORING_SEALING_KEYS, each to "${KEY_EXAMPLE}", or start the local stack once (npm start), which makes ${keyFilePath(dataDir)}`,
    );
  }
  return {
    token: tokenKeys.length > 0 ? tokenKeys : file.token,
    sealing: sealingKeys.length > 0 ? sealingKeys : file.sealing,
  };
}
