import { expect, onTestFinished, test } from 'vitest';
import { createLmdbStore } from '../../../../../shared/adapters/lmdb/lmdb-store.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

test('takes expired records off the disk, a bounded number of records a call', async () => {
  let nowMs = 0;
  const store = createLmdbStore({ path: tempFolder(), nowMs: () => nowMs });
  onTestFinished(() => store.close());
  const [counts, seen] = [store.table('product_counts'), store.table('seen')];
  for (let at = 0; at < 10; at += 1) {
    await counts.insert({ partition: `${at}` }, { devices: at });
    await seen.insert(
      { partition: `${at}` },
      { seenAtMs: at },
      { expiresAtMs: at < 5 ? 100 : 200 },
    );
  }
  expect(await store.sweepExpired(100)).toBe(0);
  nowMs = 100;
  // 10 records of product_counts, then 2 of seen; 3 more; the end, and the start again.
  expect(await store.sweepExpired(12)).toBe(2);
  expect(await store.sweepExpired(3)).toBe(3);
  expect(await store.sweepExpired(100)).toBe(0);
  nowMs = 0;
  expect(await seen.read({ partition: '4' })).toBeUndefined();
  expect((await seen.read({ partition: '5' }))?.value).toEqual({ seenAtMs: 5 });
  expect((await counts.read({ partition: '4' }))?.value).toEqual({ devices: 4 });
});
