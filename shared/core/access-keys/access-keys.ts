import type { Key } from '../../ports/table.ts';
import type { Registry } from '../devices/registry.ts';
import { randomAlphanumeric } from '../random/random-text.ts';
import type { Sealing } from '../sealing/sealing.ts';

/** Access keys are few and rotation has to find them all: one partition. */
export const ACCESS_KEYS_PARTITION = 'access-keys';

export type AccessKey = { accessKeyId: string; accessKeySecret: string };

/** A key for the OpenAPI. The secret is shown here once; the table holds it sealed. */
export async function createAccessKey(registry: Registry): Promise<AccessKey> {
  const { store, sealing, nowMs, randomBytes } = registry;
  for (;;) {
    const accessKeyId = `MK${randomAlphanumeric(ID_CHARACTERS, randomBytes)}`;
    const accessKeySecret = randomAlphanumeric(SECRET_CHARACTERS, randomBytes);
    const sealedSecret = sealAccessKeySecret(accessKeySecret, accessKeyId, sealing);
    const record = { sealedSecret, createdAtMs: nowMs() };
    if (await store.table('access_keys').insert(keyOf(accessKeyId), record)) {
      return { accessKeyId, accessKeySecret };
    }
  }
}

/** Undefined where the key is unknown. @throws SealError, see core/sealing. */
export async function findAccessKeySecret(
  accessKeyId: string,
  { store, sealing }: Pick<Registry, 'store' | 'sealing'>,
): Promise<string | undefined> {
  const found = await store.table('access_keys').read(keyOf(accessKeyId));
  return found && openAccessKeySecret(found.value.sealedSecret, accessKeyId, sealing);
}

export function sealAccessKeySecret(secret: string, accessKeyId: string, sealing: Sealing): string {
  return sealing.seal(secret, contextOf(accessKeyId));
}

/** @throws SealError, see core/sealing. */
export function openAccessKeySecret(sealed: string, accessKeyId: string, sealing: Sealing): string {
  return sealing.open(sealed, contextOf(accessKeyId));
}

function keyOf(accessKeyId: string): Key {
  return { partition: ACCESS_KEYS_PARTITION, sort: accessKeyId };
}

function contextOf(accessKeyId: string): string {
  return `access-key/${accessKeyId}`;
}

const ID_CHARACTERS = 18;
const SECRET_CHARACTERS = 30;
