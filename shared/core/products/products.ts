import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { ProductRecord, RegistrationSettings, ValidationLevel } from '../../model/product.ts';
import type { Store } from '../../ports/table.ts';
import type { Registry } from '../devices/registry.ts';
import { randomAlphanumeric } from '../random/random-text.ts';
import { walkPartition } from '../records/walk-partition.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { textWidth } from '../text/text-width.ts';

/** Products are few and are listed whole: one partition. */
export const PRODUCTS_PARTITION = 'products';

export type NewProduct = {
  productName: string;
  nodeType: 0 | 1;
  dataFormat: 0 | 1;
  validation: ValidationLevel;
  authType: string;
  netType: string;
  aliyunCommodityCode: string;
  description: string;
  /** Absent: DEFAULT_REGISTRATION. */
  registration?: RegistrationSettings;
  /** Absent: drawn. */
  productKey?: string | undefined;
  /** Plain; absent: drawn. */
  productSecret?: string | undefined;
};

export type CreatedProduct = { product: ProductRecord; productSecret: string };

/**
 * Makes a product, with a fresh key and secret where none are given. Refuses a name as checkProductName
 * does, and a key that is malformed or taken as `invalid-parameter`.
 */
export async function createProduct(
  { productKey, productSecret, ...wanted }: NewProduct,
  registry: Registry,
): Promise<Result<CreatedProduct>> {
  const named = checkProductName(wanted.productName);
  if (!named.ok) return named;
  if (productKey !== undefined && !isNewProductKey(productKey)) return keyRefused(PRODUCT_KEY_RULE);
  const secret =
    productSecret ?? randomAlphanumeric(PRODUCT_SECRET_CHARACTERS, registry.randomBytes);
  for (;;) {
    const key = productKey ?? newProductKey(registry.randomBytes);
    const product = await insertProduct({ ...wanted, productKey: key }, secret, registry);
    if (product) return ok({ product, productSecret: secret });
    if (productKey !== undefined) return keyRefused('there is a product of this key already');
  }
}

async function insertProduct(
  members: Omit<ProductRecord, 'sealedSecret' | 'createdAtMs'>,
  productSecret: string,
  { store, sealing, nowMs }: Registry,
): Promise<ProductRecord | undefined> {
  const { productKey } = members;
  const sealedSecret = sealProductSecret(productSecret, productKey, sealing);
  const product = { ...members, sealedSecret, createdAtMs: nowMs() };
  const key = { partition: PRODUCTS_PARTITION, sort: productKey };
  return (await store.table('products').insert(key, product)) ? product : undefined;
}

const newProductKey = (randomBytes: Registry['randomBytes']): string =>
  `a1${randomAlphanumeric(RANDOM_KEY_CHARACTERS, randomBytes)}`;

function keyRefused(reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter: 'ProductKey', reason });
}

/** Of a key that is given to a product which is made here; moved products keep the platform's. */
function isNewProductKey(text: string): boolean {
  return NEW_PRODUCT_KEY.test(text);
}

/** The stored record, past any cache. Refuses `unknown-product`, also for what can be no key of a product. */
export async function findProduct(
  productKey: string,
  store: Store,
): Promise<Result<ProductRecord>> {
  const key = { partition: PRODUCTS_PARTITION, sort: productKey };
  const found = PRODUCT_KEY.test(productKey) && (await store.table('products').read(key));
  return found ? ok(found.value) : refuse({ kind: 'unknown-product', productKey });
}

export function sealProductSecret(secret: string, productKey: string, sealing: Sealing): string {
  return sealing.seal(secret, contextOf(productKey));
}

/** @throws SealError, see core/sealing. */
export function openProductSecret(product: ProductRecord, sealing: Sealing): string {
  return sealing.open(product.sealedSecret, contextOf(product.productKey));
}

/** 0 before the first device is registered. */
export async function countDevicesOf(productKey: string, store: Store): Promise<number> {
  let sum = 0;
  for await (const { value } of walkPartition(store.table('product_counts'), productKey)) {
    sum += value.devices;
  }
  return sum;
}

function contextOf(productKey: string): string {
  return `product/${productKey}`;
}

/** 4 to 30 characters, a Chinese one counts as two (protocol.md 7.4). */
export function checkProductName(productName: string): Result<void> {
  const width = textWidth(productName);
  if (width >= SHORTEST_NAME && width <= LONGEST_NAME) return ok(undefined);
  const reason = `${SHORTEST_NAME} to ${LONGEST_NAME} characters, a Chinese one counts as two`;
  return refuse({ kind: 'invalid-parameter', parameter: 'ProductName', reason });
}

/** Wider than the platform's own: a store takes no key of any length or with U+0000. */
const PRODUCT_KEY = /^[!-~]{1,128}$/;
const NEW_PRODUCT_KEY = /^[A-Za-z0-9_-]{4,32}$/;
const PRODUCT_KEY_RULE = '4 to 32 letters, digits and _ -';
const SHORTEST_NAME = 4;
const LONGEST_NAME = 30;
const RANDOM_KEY_CHARACTERS = 9;
const PRODUCT_SECRET_CHARACTERS = 16;
