import { join } from 'node:path';
import type { MessageBus } from '../../ports/message-bus.ts';
import { createLmdbBus } from './lmdb-bus.ts';

/** `#bus` of a bundle built for lmdb. Every process on the data folder sees the same messages. */
export function openFunctionBus(options: {
  dataDir: string;
  sync: 'flush' | 'commit';
  nowMs: () => number;
}): MessageBus {
  const { dataDir, sync, nowMs } = options;
  return createLmdbBus({ path: join(dataDir, 'bus'), nowMs, sync });
}
