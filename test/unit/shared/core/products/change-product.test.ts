import { describe, expect, test } from 'vitest';
import { deleteDevice } from '../../../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../../../../shared/core/devices/register-device.ts';
import {
  deleteProduct,
  updateProduct,
} from '../../../../../shared/core/products/change-product.ts';
import { createProduct, findProduct } from '../../../../../shared/core/products/products.ts';
import {
  findRemoteConfig,
  setRemoteConfig,
} from '../../../../../shared/core/remote-config/remote-config.ts';
import { findThingModels } from '../../../../../shared/core/thing-models/thing-models.ts';
import type { Store } from '../../../../../shared/ports/table.ts';
import { interceptStore, type Step } from '../../../../support/intercepted-store.ts';
import { createMemoryParts, createSeededBytes } from '../../../../support/memory-parts.ts';
import {
  accepted,
  createTestProduct,
  NEW_PRODUCT,
  registerTestDevice,
} from '../../../../support/test-device.ts';

async function openProduct() {
  const registry = createMemoryParts();
  const product = await createTestProduct(registry, { description: 'before' });
  return { registry, store: registry.store, product, productKey: product.productKey };
}

describe('updateProduct', () => {
  test('changes name and description, and nothing else', async () => {
    const { store, product, productKey } = await openProduct();
    const changes = { productName: 'Another name', description: '' };
    await updateProduct({ productKey, ...changes }, store);
    expect(await findProduct(productKey, store)).toEqual({
      ok: true,
      value: { ...product, ...changes },
    });
  });

  test('keeps a description that is not given', async () => {
    const { store, productKey } = await openProduct();
    const changed = accepted(await updateProduct({ productKey, productName: 'Another' }, store));
    expect(changed.description).toBe('before');
  });

  test('loses no change of another member made at the same time', async () => {
    const { store, product, productKey } = await openProduct();
    const slow = beforeOnce(store, 'replace', async () => {
      const key = { partition: 'products', sort: productKey };
      const found = await store.table('products').read(key);
      const changed = { ...product, validation: 'none' } as const;
      await store.table('products').replace(key, changed, found?.version ?? 0);
    });
    await updateProduct({ productKey, productName: 'Another' }, slow);
    expect(accepted(await findProduct(productKey, store))).toMatchObject({
      productName: 'Another',
      validation: 'none',
    });
  });

  test.each(['abc', '名'.repeat(16)])('refuses the name %s', async (productName) => {
    const { store, productKey } = await openProduct();
    expect(await updateProduct({ productKey, productName }, store)).toMatchObject({
      failure: { kind: 'invalid-parameter', parameter: 'ProductName' },
    });
    expect(accepted(await findProduct(productKey, store)).productName).toBe(
      NEW_PRODUCT.productName,
    );
  });

  test('refuses an unknown product', async () => {
    const { store } = await openProduct();
    const failure = { kind: 'unknown-product', productKey: 'a1Nowhere00' };
    const wanted = { productKey: 'a1Nowhere00', productName: 'Another' };
    expect(await updateProduct(wanted, store)).toEqual({ ok: false, failure });
  });
});

describe('deleteProduct', () => {
  test('takes the thing model and the count along, and no other product', async () => {
    const { registry, store, productKey } = await openProduct();
    const other = await registerTestDevice(registry);
    const device = await registerTestDevice(registry, { productKey });
    await deleteDevice(device, registry);
    expect(await deleteProduct(productKey, store)).toEqual({ ok: true, value: undefined });
    expect(await findProduct(productKey, store)).toMatchObject({ ok: false });
    expect(await findThingModels(productKey, store)).toEqual([]);
    expect((await store.table('product_counts').list(productKey, { limit: 1 })).records).toEqual(
      [],
    );
    expect(await findProduct(other.productKey, store)).toMatchObject({ ok: true });
    expect(await findThingModels(other.productKey, store)).toHaveLength(1);
    expect(await findDevice(other, store)).toMatchObject({ ok: true });
  });

  test('leaves no remote configuration to a product that is made again under its key', async () => {
    const { registry, store, productKey } = await openProduct();
    await setRemoteConfig({ productKey, content: '{"of":"the first"}' }, registry);
    await deleteProduct(productKey, store);
    accepted(await createProduct({ ...NEW_PRODUCT, productKey }, registry));
    expect(await findRemoteConfig(productKey, store)).toBeUndefined();
  });

  test('refuses a product with devices and leaves it whole', async () => {
    const { registry, store, product, productKey } = await openProduct();
    await registerTestDevice(registry, { productKey });
    const failure = { kind: 'product-has-devices', productKey, devices: 1 };
    expect(await deleteProduct(productKey, store)).toEqual({ ok: false, failure });
    expect(await findProduct(productKey, store)).toEqual({ ok: true, value: product });
    expect(await findThingModels(productKey, store)).toHaveLength(1);
  });

  test('refuses an unknown product, and a second deletion', async () => {
    const { store, productKey } = await openProduct();
    await deleteProduct(productKey, store);
    const failure = { kind: 'unknown-product', productKey };
    expect(await deleteProduct(productKey, store)).toEqual({ ok: false, failure });
  });

  test('puts the product back when a device is registered before the removal', async () => {
    const { registry, store, product, productKey } = await openProduct();
    const late = beforeOnce(store, 'remove', async () => {
      accepted(await registerDevice({ productKey, deviceName: 'dev_001' }, registry));
    });
    expect(await deleteProduct(productKey, late)).toMatchObject({
      failure: { kind: 'product-has-devices' },
    });
    expect(await findProduct(productKey, store)).toEqual({ ok: true, value: product });
    expect(await findThingModels(productKey, store)).toHaveLength(1);
  });

  test('deletes the product as it stands when it was changed meanwhile', async () => {
    const { store, productKey } = await openProduct();
    const late = beforeOnce(store, 'remove', async () => {
      accepted(await updateProduct({ productKey, productName: 'Another' }, store));
    });
    expect(await deleteProduct(productKey, late)).toMatchObject({ ok: true });
    expect(await findProduct(productKey, store)).toMatchObject({ ok: false });
  });

  test('leaves no device behind, in any of 300 orders of deletion and registrations', async () => {
    const endings = new Set<string>();
    for (let round = 0; round < 300; round += 1) endings.add(await raceOnce(`order ${round}`));
    expect([...endings].sort()).toEqual(['deleted', 'kept']);
  });
});

/** Deletion and four registrations at once; each step takes its own time. */
async function raceOnce(seed: string): Promise<string> {
  const { registry, store, productKey } = await openProduct();
  const bytes = createSeededBytes(seed);
  const slow = interceptStore(store, async () => {
    const [turns = 0] = bytes(1);
    for (let turn = 0; turn < turns % 40; turn += 1) await Promise.resolve();
  });
  const names = ['dev_1', 'dev_2', 'dev_3', 'dev_4'];
  const [deleted, ...registered] = await Promise.all([
    deleteProduct(productKey, slow),
    ...names.map((deviceName) =>
      registerDevice({ productKey, deviceName }, { ...registry, store: slow }),
    ),
  ]);
  const product = await findProduct(productKey, store);
  const { records } = await store.table('devices').list(productKey, { limit: 10 });
  expect(records.map(({ sort }) => sort)).toEqual(names.filter((_, at) => registered[at]?.ok));
  expect(product.ok).toBe(!deleted?.ok);
  if (deleted?.ok) expect(records).toEqual([]);
  return deleted?.ok ? 'deleted' : 'kept';
}

/** Runs `meanwhile` ahead of the first such step. */
function beforeOnce(store: Store, verb: Step['verb'], meanwhile: () => Promise<void>): Store {
  let pending = true;
  return interceptStore(store, async (step) => {
    if (step.verb !== verb || !pending) return;
    pending = false;
    await meanwhile();
  });
}
