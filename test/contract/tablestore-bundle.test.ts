import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const root = join(import.meta.dirname, '../..');
const server = await startTablestoreServer();
afterAll(() => server.stop());

/** Every kind of request that all tables need. */
const PROGRAM = `
import { createTablestoreStore } from './shared/adapters/tablestore/tablestore-store.ts';
import { createTablestoreTables } from './shared/adapters/tablestore/tablestore-tables.ts';

const { credentials, ...given } = JSON.parse(String(process.argv[2]));
const options = { ...given, credentials: () => credentials };
const store = createTablestoreStore({ ...options, nowMs: () => 0 });

async function run() {
  await createTablestoreTables(options);
  const table = store.table('seen');
  const key = { partition: 'p', sort: 's' };
  const inserted = await table.insert(key, { seenAtMs: 1 });
  const version = (await table.read(key))?.version ?? 0;
  const replaced = await table.replace(key, { seenAtMs: 2 }, version);
  const { records } = await table.list('p', { limit: 1 });
  const removed = await table.remove(key);
  process.stdout.write(JSON.stringify([inserted, replaced, records[0]?.value, removed]));
  await store.close();
}
void run();
`;

test('runs in a bundle, whose code is strict and which has no packages beside it', async () => {
  const outfile = join(tempFolder(), 'program.cjs');
  await build({
    absWorkingDir: root,
    stdin: { contents: PROGRAM, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    banner: { js: '"use strict";' },
  });
  expect(readFileSync(outfile, 'utf8')).toMatch(/^"use strict";/);
  const { endpoint, account } = server;
  const { instance, ...credentials } = account;
  const options = JSON.stringify({ endpoint, instance, credentials, prefix: '' });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, options]);
  expect(JSON.parse(stdout)).toEqual([true, true, { seenAtMs: 2 }, true]);
  expect(server.tables.get('device_table')?.options.maxTimeDeviation).toBe(86_400);
});
