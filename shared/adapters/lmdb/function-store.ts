import { join } from 'node:path';
import type { Store } from '../../ports/table.ts';
import { createLmdbStore } from './lmdb-store.ts';

/** `#store` of a bundle built for lmdb. Every process on the data folder sees the same records. */
export function openFunctionStore(options: {
  dataDir: string;
  sync: 'flush' | 'commit';
  nowMs: () => number;
}): Store {
  const { dataDir, sync, nowMs } = options;
  return createLmdbStore({ path: join(dataDir, 'tables'), nowMs, sync });
}
