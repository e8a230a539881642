import { onTestFinished } from 'vitest';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';
import { createTablestoreTables } from '../../shared/adapters/tablestore/tablestore-tables.ts';
import type { Credentials } from '../../shared/ports/credentials.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { TablestoreServer } from './tablestore-server.ts';

export function clientOptions({ endpoint, account }: TablestoreServer) {
  const { instance, ...key } = account;
  const credentials: Credentials = key;
  return { endpoint, instance, credentials: () => credentials };
}

let stores = 0;

/** A store with empty tables of its own on the server, closed after the running test. */
export async function openTablestoreStore(
  server: TablestoreServer,
  nowMs: () => number = () => 0,
): Promise<{ store: Store; prefix: string }> {
  stores += 1;
  const options = { ...clientOptions(server), prefix: `t${stores}_` };
  await createTablestoreTables(options);
  const store = createTablestoreStore({ ...options, nowMs });
  onTestFinished(() => store.close());
  return { store, prefix: options.prefix };
}
