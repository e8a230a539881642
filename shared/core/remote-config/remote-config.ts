import { createHash } from 'node:crypto';
import type { RemoteConfigRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { type RandomBytes, randomHex } from '../random/random-text.ts';
import { upsertRecord } from '../records/update-record.ts';

/** Protocol.md 4.10. */
export const LONGEST_CONFIG_BYTES = 64 * 1024;

/** Of remote configuration, as a device gets it in `thing/config/get` and `push` (protocol.md 4.10). */
export type ConfigNotice = {
  configId: string;
  configSize: number;
  sign: string;
  signMethod: 'Sha256';
  url: string;
  getType: 'file';
};

/** Of a product; undefined where nothing has been set. */
export async function findRemoteConfig(
  productKey: string,
  store: Store,
): Promise<RemoteConfigRecord | undefined> {
  const found = await store.table('remote_configs').read({ partition: productKey });
  return found?.value;
}

/** What stands under `/config/<configId>`, for whoever knows the id. */
export async function findConfigContent(
  configId: string,
  store: Store,
): Promise<string | undefined> {
  const found = await store.table('remote_configs').read(fileKey(configId));
  return found?.value.content;
}

type SetParts = { store: Store; nowMs: () => number; randomBytes: RandomBytes };

/**
 * Gives a product other content, under a new id. The file is there before the product names it; that of
 * the content before stays for a day, for devices that are about to fetch it.
 */
export async function setRemoteConfig(
  { productKey, content }: { productKey: string; content: string },
  { store, nowMs, randomBytes }: SetParts,
): Promise<RemoteConfigRecord> {
  const configs = store.table('remote_configs');
  const config = { configId: randomHex(16, randomBytes), content, changedAtMs: nowMs() };
  await configs.insert(fileKey(config.configId), config);
  let before: RemoteConfigRecord | undefined;
  await upsertRecord(configs, { partition: productKey }, (known) => {
    before = known;
    return config;
  });
  if (before) {
    const key = fileKey(before.configId);
    const file = await configs.read(key);
    const expiresAtMs = nowMs() + OLD_FILE_LIFE_MS;
    if (file) await configs.replace(key, file.value, file.version, { expiresAtMs });
  }
  return config;
}

export function configNotice(config: RemoteConfigRecord, publicUrl: string): ConfigNotice {
  const { configId, content } = config;
  return {
    configId,
    configSize: Buffer.byteLength(content),
    sign: createHash('sha256').update(content).digest('hex'),
    signMethod: 'Sha256',
    url: `${publicUrl}/config/${configId}`,
    getType: 'file',
  };
}

const OLD_FILE_LIFE_MS = 24 * 60 * 60 * 1000;

/** No product key has a slash in it: files and products share the table. */
const fileKey = (configId: string) => ({ partition: `config/${configId}` });
