import { open } from 'lmdb';
import { expect, test } from 'vitest';
import { openEnv } from '../../../../../shared/adapters/lmdb/lmdb-env.ts';
import { createLmdbStore } from '../../../../../shared/adapters/lmdb/lmdb-store.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

test('refuses a folder of another format, and names it', async () => {
  const path = tempFolder();
  const newer = open({ path, overlappingSync: false });
  await newer.openDB({ name: 'about' }).put('format', 2);
  await newer.close();
  const store = createLmdbStore({ path, nowMs: () => 0 });
  await expect(store.table('seen').read({ partition: 'p' })).rejects.toThrow(
    `${path} holds data of format 2, this Mooring reads format 1: start the version that wrote it`,
  );
});

test('opens a folder again that it has closed', async () => {
  const path = tempFolder();
  for (const expected of [true, false]) {
    const store = createLmdbStore({ path, nowMs: () => 0 });
    expect(await store.table('seen').insert({ partition: 'p' }, { seenAtMs: 1 })).toBe(expected);
    await store.close();
  }
});

test('shares one handle between users of a folder, until the last one leaves', async () => {
  const path = tempFolder();
  const [first, second] = await Promise.all([
    openEnv({ path, sync: 'flush' }),
    openEnv({ path, sync: 'flush' }),
  ]);
  expect(second.root).toBe(first.root);
  await first.close();
  expect(second.root.get('nothing')).toBeUndefined();
  await second.close();
});

test('refuses to open a folder with two kinds of sync in one process', async () => {
  const path = tempFolder();
  const env = await openEnv({ path, sync: 'flush' });
  await expect(openEnv({ path, sync: 'commit' })).rejects.toThrow(
    `${path} is already open in this process with sync 'flush'`,
  );
  await env.close();
});

test('rejects the verbs of a closed store', async () => {
  const path = tempFolder();
  const store = createLmdbStore({ path, nowMs: () => 0 });
  await store.table('seen').read({ partition: 'p' });
  await store.close();
  await expect(store.table('seen').read({ partition: 'p' })).rejects.toThrow(
    `the store in ${path} is closed`,
  );
});
