import { ACCESS_KEYS_PARTITION, openAccessKeySecret } from '../access-keys/access-keys.ts';
import type { Registry } from '../devices/registry.ts';
import { openProductSecret, PRODUCTS_PARTITION } from '../products/products.ts';

/**
 * Opens one secret that the store has, if it has any. Keys that do not fit would seal secrets that
 * nobody else opens, and rotation would come to a stop at each of them.
 * @throws SealError, see core/sealing.
 */
export async function requireFittingKeys({
  store,
  sealing,
}: Pick<Registry, 'store' | 'sealing'>): Promise<void> {
  const products = await store.table('products').list(PRODUCTS_PARTITION, { limit: 1 });
  const [product] = products.records;
  if (product) {
    openProductSecret(product.value, sealing);
    return;
  }
  const accessKeys = await store.table('access_keys').list(ACCESS_KEYS_PARTITION, { limit: 1 });
  const [accessKey] = accessKeys.records;
  if (accessKey) openAccessKeySecret(accessKey.value.sealedSecret, accessKey.sort, sealing);
}
