import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../../../infra/cli/moving-checkpoint.ts';
import { runCli } from '../../../support/cli.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

test('a wrong command line is told before anything is called', async () => {
  const wrong = async (...args: string[]) => {
    const { code, err } = await runCli(['import', ...args]);
    expect(code).toBe(2);
    return err;
  };
  expect(await wrong()).toContain('Say what to import from: mooring import aliyun.');
  expect(await wrong('azure')).toContain('Say what to import from');
  expect(await wrong('aliyun', '--calls-per-second', '0')).toContain('--calls-per-second is "0"');
  expect(await wrong('aliyun', '--endpoint', 'iot.example')).toContain('"iot.example" is not of');
});

test('a folder without data is not made into one', async () => {
  const dataDir = tempFolder();
  const { code, err } = await runCli(['import', 'aliyun', '--data-dir', dataDir]);
  expect(code).toBe(1);
  expect(err).toContain('holds no data of Mooring');
});

test('a report that could not be written is told before anything is called', async () => {
  const dataDir = tempFolder();
  for (const name of ['tables', 'bus']) mkdirSync(join(dataDir, name));
  const report = join(dataDir, 'no-such-folder', 'report.json');
  const nobody = ['--endpoint', 'http://127.0.0.1:1', '--access-key-id', 'a'];
  const args = ['import', 'aliyun', '--data-dir', dataDir, '--report', report, ...nobody];
  const { code, err } = await runCli(args);
  expect(code).toBe(1);
  expect(err).toBe(`mooring: --report: ${report} cannot be written: ENOENT\n`);
});

test('a checkpoint is gone on with by the same job alone, and is gone at the end', async () => {
  const folder = tempFolder();
  const first = openCheckpoint(folder, 'job');
  expect(first.wasInterrupted).toBe(false);
  await first.save('a1TestProd01', { page: 3, nextToken: 'token' });
  await first.save('a1TestProd02', 'done');

  const second = openCheckpoint(folder, 'job');
  expect(second.wasInterrupted).toBe(true);
  expect(second.positionOf('a1TestProd01')).toEqual({ page: 3, nextToken: 'token' });
  expect(second.positionOf('a1TestProd02')).toBe('done');

  const other = openCheckpoint(folder, 'another job');
  expect(other.wasInterrupted).toBe(true);
  expect(other.positionOf('a1TestProd02')).toBeUndefined();
  other.finish();
  expect(existsSync(join(folder, 'import-aliyun.json'))).toBe(false);
});

test('a checkpoint that cannot be read counts as one without positions', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'import-aliyun.json'), '{"job":"job","positions":');
  const checkpoint = openCheckpoint(folder, 'job');
  expect(checkpoint.wasInterrupted).toBe(true);
  expect(checkpoint.positionOf('a1TestProd01')).toBeUndefined();
});
