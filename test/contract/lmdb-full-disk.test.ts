import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { lastPosition, openLog } from '../../shared/adapters/lmdb/lmdb-log.ts';
import { openSessions } from '../../shared/adapters/lmdb/lmdb-sessions.ts';
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

// Only Linux has a command that gives a process its room back.
test.skipIf(process.platform !== 'linux')(
  'a line that began on a full disk gives no place twice after a restart',
  async () => {
    const path = tempFolder();
    const open = () => openSessions({ path, sync: 'flush', onFault: () => undefined });
    await (await open()).close();
    const child = new URL('./children/full-disk-line.ts', import.meta.url).pathname;
    const command = `ulimit -S -f 1; exec "${process.execPath}" --import tsx "${child}" "${path}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', command]);
    const { refused, places } = JSON.parse(stdout.split('\n')[0] ?? '');
    expect(refused).toBe(true);
    const sessions = await open();
    const message = { topic: 't', payload: new Uint8Array(), expiresAtMs: Number.MAX_SAFE_INTEGER };
    const next = await sessions.enqueue('pk/dn', message);
    expect(next).toBeGreaterThan(Math.max(...places));
    await sessions.close();
  },
);
