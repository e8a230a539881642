import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ProductRecord } from '../../model/product.ts';
import type { TableName } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { updateRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { checkProductName, countDevicesOf, PRODUCTS_PARTITION } from './products.ts';

export type ProductChange = {
  productKey: string;
  productName: string;
  /** Absent: stays as it is. */
  description?: string | undefined;
};

/** Refuses an unknown product and a name as checkProductName does. */
export async function updateProduct(
  { productKey, productName, description }: ProductChange,
  store: Store,
): Promise<Result<ProductRecord>> {
  const named = checkProductName(productName);
  if (!named.ok) return named;
  const changed = await updateRecord(store.table('products'), keyOf(productKey), (product) => ({
    ...product,
    productName,
    description: description ?? product.description,
  }));
  return changed ? ok(changed) : refuse({ kind: 'unknown-product', productKey });
}

/**
 * Deletes a product that has no devices, with its thing model, topic classes, remote
 * configuration and subscription; history stays until it expires. The product goes first: what a crash leaves behind
 * is found by nobody, unless somebody makes a product of the same productKey.
 * Refuses `unknown-product`, and `product-has-devices`, where nothing is deleted. A registration at
 * the same time either keeps the product or is refused, see registerDevices.
 */
export async function deleteProduct(productKey: string, store: Store): Promise<Result<void>> {
  const products = store.table('products');
  const key = keyOf(productKey);
  for (;;) {
    const found = await products.read(key);
    if (!found) return refuse({ kind: 'unknown-product', productKey });
    if (await hasDevices(productKey, store)) return hasDevicesRefusal(productKey, store);
    if (!(await products.remove(key, found.version))) continue;
    if (!(await hasDevices(productKey, store))) break;
    // Registered between the look and the removal.
    await products.insert(key, found.value);
    return hasDevicesRefusal(productKey, store);
  }
  await removePartition('thing_models', productKey, store);
  await removePartition('product_counts', productKey, store);
  await removePartition('topic_classes', productKey, store);
  await removePartition('remote_configs', productKey, store);
  await removePartition('subscriptions', productKey, store);
  return ok(undefined);
}

const keyOf = (productKey: string) => ({ partition: PRODUCTS_PARTITION, sort: productKey });

/** Not the counter, which a crash may have left behind. */
async function hasDevices(productKey: string, store: Store): Promise<boolean> {
  const { records } = await store.table('devices').list(productKey, { limit: 1 });
  return records.length > 0;
}

async function hasDevicesRefusal(productKey: string, store: Store) {
  const devices = Math.max(1, await countDevicesOf(productKey, store));
  return refuse({ kind: 'product-has-devices', productKey, devices });
}

async function removePartition(name: TableName, partition: string, store: Store): Promise<void> {
  const table = store.table(name);
  for await (const { sort } of walkPartition(table, partition)) {
    await table.remove({ partition, sort });
  }
}
