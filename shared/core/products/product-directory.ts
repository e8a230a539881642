import type { ProductRecord } from '../../model/product.ts';
import type { Store } from '../../ports/table.ts';
import { createExpiringCache } from '../cache/expiring-cache.ts';
import { CACHE_TTL_MS } from '../devices/device-directory.ts';
import { findThingModels } from '../thing-models/thing-models.ts';
import { type CompiledThingModel, compileThingModel } from '../tsl/compile-thing-model.ts';
import { findProduct } from './products.ts';

/** A product and its thing model compiled to checks, at most 10 s old. */
export type KnownProduct = { record: ProductRecord; thingModel: CompiledThingModel };

export type ProductDirectory = {
  find(productKey: string): KnownProduct | undefined | Promise<KnownProduct | undefined>;
};

export function createProductDirectory(parts: {
  store: Store;
  nowMs: () => number;
}): ProductDirectory {
  const { store, nowMs } = parts;
  const cache = createExpiringCache<KnownProduct>({
    load: async (productKey) => {
      const [product, modules] = await Promise.all([
        findProduct(productKey, store),
        findThingModels(productKey, store),
      ]);
      return product.ok
        ? { record: product.value, thingModel: compileThingModel(modules) }
        : undefined;
    },
    nowMs,
    ttlMs: CACHE_TTL_MS,
    capacity: CACHED_PRODUCTS,
  });
  return { find: (productKey) => cache.get(productKey) };
}

const CACHED_PRODUCTS = 1000;
