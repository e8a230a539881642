import { expect, test } from 'vitest';
import {
  ACCESS_KEYS_PARTITION,
  createAccessKey,
  findAccessKeySecret,
} from '../../../../../shared/core/access-keys/access-keys.ts';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { createSealing, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import { createMemoryParts, testKey } from '../../../../support/memory-parts.ts';

test('an access key has an id of 20 characters and a secret of 30', async () => {
  const { accessKeyId, accessKeySecret } = await createAccessKey(createMemoryParts());
  expect(accessKeyId).toMatch(/^MK[A-Za-z0-9]{18}$/);
  expect(accessKeySecret).toMatch(/^[A-Za-z0-9]{30}$/);
});

test('the secret of an access key is found by its id', async () => {
  const registry = createMemoryParts();
  const first = await createAccessKey(registry);
  const second = await createAccessKey(registry);
  expect(await findAccessKeySecret(first.accessKeyId, registry)).toBe(first.accessKeySecret);
  expect(await findAccessKeySecret(second.accessKeyId, registry)).toBe(second.accessKeySecret);
});

test('an unknown id has no secret', async () => {
  expect(await findAccessKeySecret('MKnobody', createMemoryParts())).toBeUndefined();
});

test('the table holds the secret sealed', async () => {
  const registry = createMemoryParts();
  const { accessKeyId, accessKeySecret } = await createAccessKey(registry);
  const found = await registry.store
    .table('access_keys')
    .read({ partition: ACCESS_KEYS_PARTITION, sort: accessKeyId });
  expect(found?.value.sealedSecret).not.toContain(accessKeySecret);
  const sealing = createSealing(createKeyRing([testKey('other')]), registry.randomBytes);
  const opened = findAccessKeySecret(accessKeyId, { ...registry, sealing });
  await expect(opened).rejects.toThrow(SealError);
});
