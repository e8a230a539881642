import type { ProductRecord } from '../../model/product.ts';
import { openProductSecret, PRODUCTS_PARTITION, sealProductSecret } from '../products/products.ts';
import { updateRecord } from '../records/update-record.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { AccountProduct } from './account-product.ts';
import type { Moving } from './moving.ts';
import type { Outcome } from './moving-report.ts';

/** Makes the product or changes what differs; its registration settings are left as they are here. */
export async function moveProduct(product: AccountProduct, moving: Moving): Promise<Outcome> {
  const { store, sealing, isDryRun } = moving;
  const products = store.table('products');
  const key = { partition: PRODUCTS_PARTITION, sort: product.productKey };
  const found = await products.read(key);
  const merge = (local: ProductRecord) => mergeProduct(local, product, sealing);
  if (!found) {
    if (isDryRun || (await products.insert(key, sealed(product, sealing)))) return 'added';
    // Somebody made it in between.
    return moveProduct(product, moving);
  }
  if (merge(found.value) === found.value) return 'unchanged';
  if (isDryRun || (await updateRecord(products, key, merge))) return 'changed';
  // Deleted in between.
  return moveProduct(product, moving);
}

function mergeProduct(
  local: ProductRecord,
  product: AccountProduct,
  sealing: Sealing,
): ProductRecord {
  const { productSecret, ...members } = product;
  const hasSameSecret = openProductSecret(local, sealing) === productSecret;
  const names = Object.keys(members) as (keyof typeof members)[];
  if (hasSameSecret && names.every((name) => members[name] === local[name])) return local;
  const { sealedSecret } = hasSameSecret ? local : sealed(product, sealing);
  return { ...local, ...members, sealedSecret };
}

function sealed({ productSecret, ...members }: AccountProduct, sealing: Sealing): ProductRecord {
  const sealedSecret = sealProductSecret(productSecret, members.productKey, sealing);
  return { ...members, sealedSecret };
}
