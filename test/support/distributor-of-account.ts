import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { PRODUCTS_PARTITION } from '../../shared/core/products/products.ts';
import type { Store } from '../../shared/ports/table.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

export type DistributorOfAccount = {
  /** A Mooring that stands for the account. */
  account: TestStack;
  /** One whose devices get their identities there, with the product of the account's demo. */
  distributor: TestStack;
  /** Of a command beside the distributor. */
  env: Record<string, string>;
  /** Asks the distributor for a certificate under that product; resolves to the reply. */
  ask(body: object): Promise<unknown>;
};

/** As after the import of an account. The caller stops both. */
export async function startDistributorOfAccount(): Promise<DistributorOfAccount> {
  const sealing = { MOORING_SEALING_KEYS: randomBytes(32).toString('base64') };
  const account = await startTestStack(sealing);
  const { accessKeyId, accessKeySecret, endpoints, productKey } = account.demo;
  const settings = {
    ...sealing,
    MOORING_IDENTITIES: 'aliyun',
    MOORING_ALIYUN_ENDPOINT: endpoints['http'] ?? '',
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
  };
  const distributor = await startTestStack(settings);
  const key = { partition: PRODUCTS_PARTITION, sort: productKey };
  const product = await inStore(account, (store) => store.table('products').read(key));
  if (!product) throw new Error('the account has no product');
  await inStore(distributor, (store) => store.table('products').insert(key, product.value));
  return {
    account,
    distributor,
    env: { ...settings, MOORING_DATA_DIR: distributor.dataDir },
    ask: async (body) => {
      const reply = await fetch(`${distributor.demo.endpoints['http']}/certificate/${productKey}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return reply.json();
    },
  };
}

/** On the tables of a stack, beside it. */
export async function inStore<T>(
  { dataDir }: TestStack,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const store = createLmdbStore({ path: join(dataDir, 'tables'), nowMs: Date.now });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}
