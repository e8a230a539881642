import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { createLmdbBus } from '../../shared/adapters/lmdb/lmdb-bus.ts';
import type { Message } from '../../shared/model/message.ts';
import { createLog } from '../../shared/runtime/log.ts';

export type WatchedBus = {
  /** The first message that is wanted, of those that came since the watch began or will come. */
  find(wanted: (message: Message) => boolean): Promise<Message>;
  stop(): Promise<void>;
};

/** A consumer of its own on the bus of a running stack. */
export function watchBus(dataDir: string): WatchedBus {
  const bus = createLmdbBus({
    path: join(dataDir, 'bus'),
    nowMs: () => Date.now(),
    sync: 'flush',
    log: createLog({ level: 'silent' }),
  });
  const messages: Message[] = [];
  const arrivals = new EventEmitter();
  const consumption = bus.consume('test', async (batch) => {
    messages.push(...batch);
    arrivals.emit('batch');
    return [];
  });
  return {
    find: async (wanted) => {
      for (;;) {
        const found = messages.find(wanted);
        if (found) return found;
        await once(arrivals, 'batch');
      }
    },
    stop: async () => {
      await consumption.stop();
      await bus.close();
    },
  };
}
