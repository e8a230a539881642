import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { lastPosition, openLog } from '../../shared/adapters/lmdb/lmdb-log.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('a full disk refuses what it cannot hold, keeps the rest and ends no process', async () => {
  const path = tempFolder();
  const child = new URL('./children/full-disk.ts', import.meta.url).pathname;
  // In blocks of 512 or 1024 bytes: a file may not grow over a few megabytes.
  const command = `ulimit -f 4000; exec "${process.execPath}" --import tsx "${child}" "${path}"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', command]);
  const { acknowledged, refused } = JSON.parse(stdout.split('\n')[0] ?? '');
  expect(acknowledged).toBeGreaterThan(10);
  expect(refused).toBeGreaterThan(10);
  const log = await openLog(path, 'flush');
  expect(lastPosition(log.records)).toBe(acknowledged);
  await log.close();
});
