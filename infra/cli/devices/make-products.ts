import type { ImportedLine } from '../../../shared/core/devices/import-devices.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { SENIOR } from '../../../shared/core/products/platform-codes.ts';
import { createProduct, findProduct } from '../../../shared/core/products/products.ts';

/** What CreateProduct takes where it is told a name alone. */
const DEFAULTS = {
  nodeType: 0,
  dataFormat: 1,
  validation: 'weak',
  authType: 'secret',
  netType: 'WIFI',
  aliyunCommodityCode: SENIOR,
  description: '',
} as const;

/** Of a product's name. */
const MOST_NAME_CHARACTERS = 30;

/**
 * Makes the products that lines name and that are not there, each named by its key, and returns the keys
 * of those. A key that no product may have stays unknown, and its lines are refused.
 */
export async function makeProducts(
  lines: readonly Pick<ImportedLine, 'productKey'>[],
  registry: Registry,
): Promise<readonly string[]> {
  const wanted = [...new Set(lines.map(({ productKey }) => productKey))];
  const made = await Promise.all(wanted.map((productKey) => makeProduct(productKey, registry)));
  return wanted.filter((_, index) => made[index]);
}

/** False too where somebody else made it meanwhile. */
async function makeProduct(productKey: string, registry: Registry): Promise<boolean> {
  if ((await findProduct(productKey, registry.store)).ok) return false;
  const productName = productKey.slice(0, MOST_NAME_CHARACTERS);
  return (await createProduct({ ...DEFAULTS, productKey, productName }, registry)).ok;
}
