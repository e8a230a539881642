import { createLmdbStore } from '../../../shared/adapters/lmdb/lmdb-store.ts';

/** `counter.ts <folder> <times>`: adds to the record `p` of `seen`, one conditional replacement at a time. */
const [path = '', times = '0'] = process.argv.slice(2);
const store = createLmdbStore({ path, nowMs: Date.now });
const table = store.table('seen');

let left = Number(times);
while (left > 0) {
  const held = await table.read({ partition: 'p' });
  if (held === undefined) throw new Error('the counter is gone');
  const value = { seenAtMs: held.value.seenAtMs + 1 };
  if (await table.replace({ partition: 'p' }, value, held.version)) left -= 1;
}
await store.close();
