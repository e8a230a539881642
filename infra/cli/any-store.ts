import type { CliConfig } from '../../shared/runtime/cli-config.ts';
import { cloudStorePlace, STORE_OPTION, withCloudStore } from './cloud-stores.ts';
import { UsageError } from './command.ts';
import { refuseOtherKeys, type StoreParts } from './fitting-keys.ts';
import { DATA_DIR_OPTION, openSealing, requireData, withStore } from './folder.ts';

/** Of a command that works on the data folder, or with `--store` on a store in a cloud. */
export const ANY_STORE_OPTIONS = { ...DATA_DIR_OPTION, ...STORE_OPTION } as const;

type Places = { store?: string | undefined; 'data-dir'?: string | undefined };

/** Of a command to which a data folder means nothing beside a store in a cloud. @throws UsageError */
export function refuseBothPlaces(values: Places): void {
  if (values.store === undefined || values['data-dir'] === undefined) return;
  throw new UsageError('Give --store or --data-dir, not both.');
}

/**
 * `given` is the value of `--store`.
 * @throws as withCloudStore; CommandError for a folder without data or with other keys.
 */
export function withAnyStore<T>(
  given: string | undefined,
  config: CliConfig,
  use: (parts: StoreParts) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return withCloudStore(given, config, use);
  return withStore(config, async (store) => {
    const parts = { store, sealing: openSealing(config) };
    await refuseOtherKeys(parts, keysAdvice(config));
    return use(parts);
  });
}

/**
 * Tells one store from another: what a checkpoint says of one is wrong in any other. Empty for the data
 * folder, which holds its checkpoints itself.
 * @throws as withAnyStore.
 */
export function storePlace(given: string | undefined, config: CliConfig): string {
  if (given !== undefined) return cloudStorePlace(given, config);
  requireData(config);
  return '';
}

function keysAdvice({ dataDir, sealingKeys }: CliConfig): string {
  return sealingKeys.length > 0
    ? `MOORING_SEALING_KEYS is set: unset it if ${dataDir} has its keys in keys.json.`
    : `keys.json in ${dataDir} is of other data: put back the one that belongs to it.`;
}
