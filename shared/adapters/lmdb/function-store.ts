import { join } from 'node:path';
import type { MessageBus } from '../../ports/message-bus.ts';
import type { Store } from '../../ports/table.ts';
import { createLmdbBus } from './lmdb-bus.ts';
import { createLmdbStore } from './lmdb-store.ts';

/** `#store` of a bundle built for lmdb. Every process on the data folder sees the same records and messages. */
export function openFunctionStore(options: {
  dataDir: string;
  sync: 'flush' | 'commit';
  nowMs: () => number;
}): { store: Store; bus: MessageBus } {
  const { dataDir, sync, nowMs } = options;
  return {
    store: createLmdbStore({ path: join(dataDir, 'tables'), nowMs, sync }),
    bus: createLmdbBus({ path: join(dataDir, 'bus'), nowMs, sync }),
  };
}
