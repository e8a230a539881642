import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../../../infra/cli/moving-in/moving-checkpoint.ts';
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
  expect(await wrong('aliyun', 'extra')).toContain('"extra" is one word too many.');
  expect(await wrong('aliyun', '--calls-per-second', '0')).toContain(
    '--calls-per-second is "0", not a number over 0 and up to 10000;',
  );
  expect(await wrong('aliyun', '--without', 'shadows,tigs')).toContain(
    '--without leaves out values, shadows, desired, tags, and not "tigs"; example: --without shadows,tags',
  );
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
  const written = async (report: string) => {
    const args = ['import', 'aliyun', '--data-dir', dataDir, '--report', report, ...NOBODY];
    const { code, err } = await runCli(args, { env: KEY });
    expect(code).toBe(1);
    return err;
  };
  const nowhere = join(dataDir, 'no-such-folder', 'report.json');
  expect(await written(nowhere)).toBe(`mooring: --report: ${nowhere} cannot be written: ENOENT\n`);
  expect(await written(dataDir)).toBe(`mooring: --report: ${dataDir} is a folder. Name a file.\n`);
  const report = join(dataDir, 'report.json');
  expect(await written(report)).toContain(NEXT);
  expect(existsSync(report)).toBe(false);
  writeFileSync(report, 'of an earlier run');
  await written(report);
  expect(readFileSync(report, 'utf8')).toBe('of an earlier run');
});

test('an access key that is missing, or half of it, is told with the ways to give it', async () => {
  const dataDir = tempFolder();
  for (const name of ['tables', 'bus']) mkdirSync(join(dataDir, name));
  const told = async (env: Record<string, string>, ...args: string[]) => {
    const all = ['import', 'aliyun', '--data-dir', dataDir, ...NOBODY, ...args];
    const { code, err } = await runCli(all, { env });
    expect(code).toBe(1);
    return err;
  };
  expect(await told({})).toBe(
    'mooring: There is no access key of the account: give --access-key-id and --access-key-secret, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.\n',
  );
  expect(await told({}, '--access-key-id', 'a')).toBe(
    'mooring: The secret of the access key is missing: give --access-key-secret, or set ALIBABA_CLOUD_ACCESS_KEY_SECRET.\n',
  );
  expect(await told({ ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'b' })).toBe(
    'mooring: The id of the access key is missing: give --access-key-id, or set ALIBABA_CLOUD_ACCESS_KEY_ID.\n',
  );
  expect(existsSync(join(dataDir, 'import-aliyun.json'))).toBe(false);
  expect(await told(KEY)).toContain(NEXT);
});

test('signals are left as they were when the command has ended', async () => {
  const counted = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  const before = counted();
  const dataDir = tempFolder();
  await runCli(['import', 'aliyun', '--data-dir', dataDir, ...NOBODY], { env: KEY });
  expect(counted()).toEqual(before);
});

test('the help sets the store apart and tells the exit codes', async () => {
  const { out } = await runCli(['import', '--help']);
  expect(out).toMatch(/\n\nWhere to:\n\n {2}--store NAME {2,}.*\n {2}--data-dir DIR /);
  expect(out).toContain('Exit code 0: all was moved, 1: not all of it');
});

/** What is missed next, in a folder that only looks like one of Mooring. */
const NEXT = 'no keys: set MOORING_TOKEN_KEYS';
const NOBODY = ['--endpoint', 'http://127.0.0.1:1'];
const KEY = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'a', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'b' };

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
