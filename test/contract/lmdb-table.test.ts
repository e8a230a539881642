import { onTestFinished } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { describeTable } from './table-contract.ts';

describeTable('lmdb', (nowMs) => {
  const store = createLmdbStore({ path: tempFolder(), nowMs });
  onTestFinished(() => store.close());
  return store;
});
