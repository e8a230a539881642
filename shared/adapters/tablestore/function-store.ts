import type { CredentialsSource } from '../../ports/credentials.ts';
import type { Store } from '../../ports/table.ts';
import { createTablestoreStore } from './tablestore-store.ts';

/**
 * `#store` of a bundle built for Tablestore. Every process on the instance sees the same records.
 * @throws an Error that names the variables which are not set.
 */
export function openFunctionStore(options: {
  tables: { prefix: string; tablestore: { endpoint?: string; instance?: string } };
  credentials: CredentialsSource;
  nowMs: () => number;
}): Store {
  const { tables, credentials, nowMs } = options;
  const { endpoint, instance } = tables.tablestore;
  if (endpoint === undefined || instance === undefined) {
    const missing = [
      ...(endpoint === undefined ? ['MOORING_TABLESTORE_ENDPOINT'] : []),
      ...(instance === undefined ? ['MOORING_TABLESTORE_INSTANCE'] : []),
    ];
    throw new Error(`the store is Tablestore, but the environment has no ${missing.join(', ')}`);
  }
  return createTablestoreStore({ endpoint, instance, credentials, prefix: tables.prefix, nowMs });
}
