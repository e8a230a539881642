import { createExpiringCache, type ExpiringCache } from '../../shared/core/cache/expiring-cache.ts';
import { CACHE_TTL_MS } from '../../shared/core/devices/device-directory.ts';
import { findProduct, openProductSecret } from '../../shared/core/products/products.ts';
import { registrationOf } from '../../shared/core/products/registration-settings.ts';
import type { Sealing } from '../../shared/core/sealing/sealing.ts';
import type { CertificateSettings } from '../../shared/model/product.ts';
import type { Store } from '../../shared/ports/table.ts';

/** A product, at most 10 s old, its secret opened. */
export type CertificateProduct = {
  productKey: string;
  productSecret: string;
  settings: CertificateSettings;
};

export function createCertificateProducts(parts: {
  store: Store;
  sealing: Sealing;
  nowMs: () => number;
}): Pick<ExpiringCache<CertificateProduct>, 'get'> {
  const { store, sealing, nowMs } = parts;
  return createExpiringCache<CertificateProduct>({
    load: async (productKey) => {
      const found = await findProduct(productKey, store);
      if (!found.ok) return undefined;
      const productSecret = openProductSecret(found.value, sealing);
      const settings = registrationOf(found.value).certificates;
      return { productKey, productSecret, settings };
    },
    nowMs,
    ttlMs: CACHE_TTL_MS,
    capacity: CACHED_PRODUCTS,
  });
}

const CACHED_PRODUCTS = 1000;
