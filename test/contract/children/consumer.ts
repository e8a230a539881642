import { createLmdbBus } from '../../../shared/adapters/lmdb/lmdb-bus.ts';

/** `consumer.ts <folder> <consumer> [hang]`: prints the ids it is handed; with `hang` it never settles them. */
const [path = '', consumer = '', hang] = process.argv.slice(2);
const bus = createLmdbBus({ path, nowMs: Date.now });

bus.consume(consumer, async (batch) => {
  for (const { messageId } of batch) process.stdout.write(`${messageId}\n`);
  if (hang !== undefined) await new Promise(() => undefined);
  return [];
});
