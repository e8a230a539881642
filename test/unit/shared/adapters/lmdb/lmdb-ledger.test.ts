import { expect, onTestFinished, test } from 'vitest';
import {
  listDue,
  listWaiting,
  openLedger,
  waitingKey,
} from '../../../../../shared/adapters/lmdb/lmdb-ledger.ts';
import { rowOf } from '../../../../../shared/adapters/lmdb/lmdb-rows.ts';
import { aMessage } from '../../../../contract/messages.ts';
import { tempFolder } from '../../../../support/temp-folder.ts';

const DUE_MS = [1000, 2000, 3000];

async function ledgerWithRetries() {
  const ledger = await openLedger(tempFolder());
  onTestFinished(() => ledger.close());
  for (const [index, dueMs] of DUE_MS.entries()) {
    for (const consumer of ['a', 'b']) {
      const row = rowOf(aMessage(`${index}`));
      await ledger.retries.put(waitingKey(consumer, dueMs, `${index}`), [1, 'no room', row]);
    }
  }
  return ledger;
}

const limits: [nowMs: number, limit: number, due: number[]][] = [
  [999, 10, []],
  [1000, 10, [1000]],
  [2999, 10, [1000, 2000]],
  [3000, 10, [1000, 2000, 3000]],
  [3000, 2, [1000, 2000]],
];

test.each(limits)('at %i ms, of at most %i, those of %j ms are due', async (nowMs, limit, due) => {
  const { retries } = await ledgerWithRetries();
  expect(listDue(retries, 'a', { nowMs, limit }).map(({ timeMs }) => timeMs)).toEqual(due);
});

test('what waits is listed whether it is due or not', async () => {
  const { retries } = await ledgerWithRetries();
  expect(listWaiting(retries, 'b', 10).map(({ timeMs }) => timeMs)).toEqual(DUE_MS);
});
