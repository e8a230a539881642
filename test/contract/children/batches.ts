import { once } from 'node:events';
import { createLmdbStore } from '../../../shared/adapters/lmdb/lmdb-store.ts';

/**
 * `batches.ts <folder> <name> always|asked`: inserts 500 records at once, over and over or whenever it
 * reads something, and says of each batch whether it is flushed. Like a server, it goes on after one
 * that failed.
 */
const [path = '', name = '', when = 'always'] = process.argv.slice(2);
const table = createLmdbStore({ path, nowMs: Date.now }).table('thing_models');
const productKey = 'x'.repeat(400);
const thingModel = { profile: { productKey }, properties: [], events: [], services: [] };

for (let batch = 0; ; batch += 1) {
  if (when === 'asked') await once(process.stdin, 'data');
  const inserts = Array.from({ length: 500 }, (_, at) =>
    table.insert(
      { partition: `${name}-${batch}`, sort: `${at}` },
      { thingModel, importedAtMs: batch },
    ),
  );
  const settled = await Promise.allSettled(inserts);
  const isFlushed = settled.every(({ status }) => status === 'fulfilled');
  process.stdout.write(`${batch} ${isFlushed ? 'flushed' : 'failed'}\n`);
}
