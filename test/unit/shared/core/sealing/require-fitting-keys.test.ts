import { beforeEach, expect, test } from 'vitest';
import { createAccessKey } from '../../../../../shared/core/access-keys/access-keys.ts';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { requireFittingKeys } from '../../../../../shared/core/sealing/require-fitting-keys.ts';
import { createSealing, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import { createMemoryParts, type MemoryParts, testKey } from '../../../../support/memory-parts.ts';
import { registerTestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;

beforeEach(() => {
  parts = createMemoryParts();
});

const sealedWith = (...names: string[]) =>
  createSealing(createKeyRing(names.map(testKey)), parts.randomBytes);

test('any keys fit a store that has no secret yet', async () => {
  await requireFittingKeys({ store: parts.store, sealing: sealedWith('another') });
});

test.each([
  ['a product', () => registerTestDevice(parts), /^product\/a1\w+ is sealed with key \w{8}, which/],
  [
    'an access key',
    () => createAccessKey(parts),
    /^access-key\/MK\w+ is sealed with key \w{8}, which/,
  ],
])('keys that do not open the secret of %s are told', async (_, make, message) => {
  await make();
  await requireFittingKeys(parts);
  await requireFittingKeys({ store: parts.store, sealing: sealedWith('another', 'sealing') });
  const refused = requireFittingKeys({ store: parts.store, sealing: sealedWith('another') });
  await expect(refused).rejects.toThrow(SealError);
  await expect(refused).rejects.toThrow(message);
});
