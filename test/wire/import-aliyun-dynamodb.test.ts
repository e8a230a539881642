import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { runCli } from '../support/cli.ts';
import {
  type CloudTables,
  startClouds,
  type TestClouds,
  useTables,
} from '../support/cloud-tables.ts';
import { spawnMooring } from '../support/command-line.ts';
import { FAST, fillFolder } from '../support/filled-account.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PRODUCTS = 4;
const DEVICES_EACH = 40;
const TIMEOUT_MS = 120_000;

let account: TestStack;
let clouds: TestClouds;
let productKeys: string[];

beforeAll(async () => {
  clouds = await startClouds();
  account = await startTestStack(FAST);
  const size = { products: PRODUCTS, devicesEach: DEVICES_EACH };
  productKeys = await fillFolder(account.dataDir, size);
}, TIMEOUT_MS);

afterAll(async () => {
  await account.stop();
  await clouds.stop();
});

function importArguments(dataDir: string, callsPerSecond: number, ...more: string[]): string[] {
  const { accessKeyId, accessKeySecret } = account.demo;
  const endpoint = `http://127.0.0.1:${account.port}`;
  const source = more.includes('--endpoint') ? [] : ['--endpoint', endpoint];
  const key = ['--access-key-id', accessKeyId, '--access-key-secret', accessKeySecret];
  const target = ['--store', 'dynamodb', '--data-dir', dataDir];
  const pace = ['--calls-per-second', String(callsPerSecond)];
  return ['import', 'aliyun', ...source, ...key, ...target, ...pace, ...more];
}

async function exportOf(env: Readonly<Record<string, string>>, ...where: string[]) {
  const args = ['devices', 'export', '--with-secrets', '--with-values', ...where];
  const { code, out, err } = await runCli(args, { env });
  expect({ code, err }).toMatchObject({ code: 0 });
  return out;
}

const exportOfTables = ({ env }: CloudTables) => exportOf(env, '--store', 'dynamodb');

test(
  'an account is moved into DynamoDB without a data folder, is the same there, and a second run finds nothing to do',
  async () => {
    const tables = await clouds.makeTables('dynamodb');
    const { env } = tables;
    const dataDir = join(tempFolder(), 'notes');

    const dry = await runCli(importArguments(dataDir, 5000, '--dry-run'), { env });
    expect(dry).toMatchObject({ code: 0 });
    expect((await exportOfTables(tables)).trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(dataDir)).toBe(false);

    const run = await runCli(importArguments(dataDir, 5000), { env });
    expect(run).toMatchObject({ code: 0 });
    expect(readdirSync(dataDir)).toEqual([]);
    const moved = await exportOfTables(tables);
    expect(moved).toBe(await exportOf(FAST, '--data-dir', account.dataDir));
    await useTables(tables, async ({ store }) => {
      for (const productKey of productKeys) {
        expect(await countDevicesOf(productKey, store)).toBe(DEVICES_EACH);
      }
    });

    const again = await runCli(importArguments(dataDir, 5000), { env });
    expect(again.out).toMatch(/\n {2}devices {7}0 added, 0 changed, \d+ unchanged, 0 refused\n/);
    expect(again.out).not.toMatch(/[1-9]\d* (?:added|changed)/);
    for (const row of moved.trimEnd().split('\n').slice(1)) {
      const secret = /,([0-9a-f]{32}),/.exec(row)?.[1] ?? row;
      expect(dry.out + run.out + run.err + again.out).not.toContain(secret);
    }
  },
  TIMEOUT_MS,
);

test(
  'a run that is killed is gone on with where it wrote, and not in other tables',
  async () => {
    const [tables, others] = [
      await clouds.makeTables('dynamodb'),
      await clouds.makeTables('dynamodb'),
    ];
    const dataDir = tempFolder();
    const killed = async () => {
      const child = spawnMooring(importArguments(dataDir, 60), tables.env);
      const exit = once(child, 'exit');
      while (child.exitCode === null && productsDone(dataDir) < 1) await wait(10);
      child.kill('SIGKILL');
      expect(await exit).toEqual([null, 'SIGKILL']);
    };
    await killed();
    const elsewhere = await runCli(importArguments(dataDir, 5000), { env: others.env });
    expect(elsewhere).toMatchObject({ code: 0 });
    expect(elsewhere.out).not.toContain('goes on where the last run was interrupted');
    const whole = await exportOf(FAST, '--data-dir', account.dataDir);
    expect(await exportOfTables(others)).toBe(whole);

    await killed();
    const resumed = await runCli(importArguments(dataDir, 5000), { env: tables.env });
    expect(resumed.out).toContain('goes on where the last run was interrupted');
    expect(await exportOfTables(tables)).toBe(whole);
  },
  TIMEOUT_MS,
);

function productsDone(dataDir: string): number {
  const path = join(dataDir, 'import-aliyun.json');
  if (!existsSync(path)) return 0;
  const { positions } = JSON.parse(readFileSync(path, 'utf8'));
  return Object.values(positions).filter((position) => position === 'done').length;
}

test(
  'an account that is not there is not taken for a store that is not',
  async () => {
    const { env } = await clouds.makeTables('dynamodb');
    const nobody = ['--endpoint', 'http://127.0.0.1:1'];
    const { code, err } = await runCli(importArguments(tempFolder(), 5000, ...nobody), { env });
    expect(code).toBe(1);
    expect(err).toContain('127.0.0.1:1');
    expect(err).not.toContain('AWS_REGION');
    expect(err).not.toMatch(/\n {4}at /);
  },
  TIMEOUT_MS,
);
