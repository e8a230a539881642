import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { tempFolder } from '../support/temp-folder.ts';

const SCRIPT = fileURLToPath(new URL('children/batches.ts', import.meta.url));
const BATCH_RECORDS = 500;
const MOST_KILLS = 40;

function startBatches(path: string, name: string, when: 'always' | 'asked') {
  const args = ['--import', 'tsx', SCRIPT, path, name, when];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  // The last batch is asked of a process that may have ended.
  child.stdin.on('error', () => undefined);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const flushed = () => [...out.matchAll(/^(\d+) flushed$/gm)].map(([, batch]) => Number(batch));
  return { child, flushed, err: () => err };
}

/** Lmdb gives up the env of a process that makes a big write behind the kill of one in its flush; not of each. */
test('a process whose data folder lmdb gives up ends and says so, and nothing that it was told is flushed is lost', async () => {
  const path = tempFolder();
  const survivor = startBatches(path, 'survivor', 'asked');
  const ended = once(survivor.child, 'exit');
  const answered = () => Promise.race([once(survivor.child.stdout, 'data'), ended]);
  survivor.child.stdin.write('\n');
  await answered();
  for (let kill = 0; kill < MOST_KILLS && survivor.child.exitCode === null; kill += 1) {
    const other = startBatches(path, `killed-${kill}`, 'always');
    await once(other.child.stdout, 'data');
    await sleep(Math.random() * 100);
    other.child.kill('SIGKILL');
    await once(other.child, 'exit');
    survivor.child.stdin.write('\n');
    await answered();
  }
  await ended;
  expect(survivor.child.exitCode).toBe(1);
  expect(survivor.err()).toContain('start this process again');

  const store = createLmdbStore({ path, nowMs: Date.now });
  onTestFinished(() => store.close());
  const table = store.table('thing_models');
  expect(survivor.flushed()).toContain(0);
  for (const batch of survivor.flushed()) {
    const { records } = await table.list(`survivor-${batch}`, { limit: BATCH_RECORDS + 1 });
    expect(records).toHaveLength(BATCH_RECORDS);
  }
  expect(await table.insert({ partition: 'after' }, { thingModel: EMPTY, importedAtMs: 0 })).toBe(
    true,
  );
}, 60_000);

const EMPTY = { profile: { productKey: 'a1' }, properties: [], events: [], services: [] };
