import { createLmdbStore } from '../../../shared/adapters/lmdb/lmdb-store.ts';
import { createOwnShadows } from '../../../shared/core/shadow/own-shadows.ts';

/** `shadow-writer.ts <folder> <name> <times>`: sets that many keys of the shadow `iot-1`, one at a time. */
const [path = '', name = '', times = '0'] = process.argv.slice(2);
const store = createLmdbStore({ path, nowMs: Date.now });
const shadows = createOwnShadows({ store });
const owner = { productKey: 'a1TestProd01', deviceName: 'dev_001', iotId: 'iot-1' };

for (let n = 0; n < Number(times); n += 1) {
  const desired = { kind: 'merge', values: { [`${name}${n}`]: n } } as const;
  const change = { kind: 'change', from: 'api', version: 0, atMs: 0, desired } as const;
  const [state] = await shadows.perform(owner, [change]);
  if (!state?.ok) throw new Error(`refused: ${JSON.stringify(state)}`);
}
await store.close();
