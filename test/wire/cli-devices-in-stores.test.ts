import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { storePlace } from '../../infra/cli/any-store.ts';
import { checkpointPath } from '../../infra/cli/devices/import-checkpoint.ts';
import { readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { countDevicesOf, createProduct } from '../../shared/core/products/products.ts';
import { readCliConfig } from '../../shared/runtime/cli-config.ts';
import { runCli } from '../support/cli.ts';
import {
  type CloudTables,
  startClouds,
  type TestClouds,
  useTables,
} from '../support/cloud-tables.ts';
import { spawnMooring } from '../support/command-line.ts';
import { listOf } from '../support/list-stack.ts';
import { longRun } from '../support/long.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { accepted, NEW_PRODUCT } from '../support/test-device.ts';

const LINES = 1_000;
/** More than is done between two notes of how far it came. */
const KILLED_LINES = longRun ? 25_000 : 2_300;
const TIMEOUT_MS = longRun ? 600_000 : 120_000;

let clouds: TestClouds;

beforeAll(async () => {
  clouds = await startClouds();
});

afterAll(() => clouds.stop());

const newProduct = (tables: CloudTables) =>
  useTables(
    tables,
    async (registry) => accepted(await createProduct(NEW_PRODUCT, registry)).product.productKey,
  );

type Line = { deviceName: string; deviceId: string; nickname: string; deviceSecret: string };

/** In the order that an export has. */
function linesOf(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(6, '0');
    return {
      deviceName: `lamp-${number}`,
      deviceId: `SN/${number}`,
      nickname: `客厅 ${index}`,
      deviceSecret: `hush-${number}`,
    };
  });
}

function listOfDevices(lines: readonly Line[]): string {
  const rows = lines.map(({ deviceName, deviceId, nickname, deviceSecret }) =>
    [deviceName, deviceId, nickname, deviceSecret].join(','),
  );
  return listOf(`DeviceName,deviceId,Nickname,DeviceSecret\n${rows.join('\n')}\n`);
}

type Target = { tables: CloudTables; dataDir: string; productKey: string };

async function newTarget(store: string): Promise<Target> {
  const tables = await clouds.makeTables(store);
  const dataDir = join(tempFolder(), 'notes');
  return { tables, dataDir, productKey: await newProduct(tables) };
}

const importArguments = (file: string, { tables, dataDir, productKey }: Target) => [
  ...['devices', 'import', file, '--product', productKey],
  ...['--store', tables.store, '--data-dir', dataDir],
];

const importList = (file: string, target: Target) =>
  runCli(importArguments(file, target), { env: target.tables.env });

async function exported({ store, env }: CloudTables, ...more: string[]): Promise<string[]> {
  const args = ['devices', 'export', '--store', store, '--with-secrets', ...more];
  const { code, out, err } = await runCli(args, { env });
  expect({ code, err }).toMatchObject({ code: 0 });
  return out.trimEnd().split('\n').slice(1);
}

/** Every device once, with its secret, its index, its certificate, and counted. */
async function expectImported(lines: readonly Line[], { tables, productKey }: Target) {
  const rows = (await exported(tables)).map((row) => row.split(','));
  expect(
    rows.map(([key, name, , nickname, status, , , secret]) => [
      key,
      name,
      nickname,
      status,
      secret,
    ]),
  ).toEqual(
    lines.map((line) => [
      productKey,
      line.deviceName,
      line.nickname,
      'UNACTIVE',
      line.deviceSecret,
    ]),
  );
  const iotIds = rows.map(([, , iotId = '']) => iotId);
  await useTables(tables, async ({ store }) => {
    expect(await countDevicesOf(productKey, store)).toBe(lines.length);
    const certificates = await Promise.all(lines.map(({ deviceId }) => readRow(deviceId, store)));
    expect(certificates.map((row) => row?.value.iotId)).toEqual(iotIds);
    const found = await Promise.all(iotIds.map((iotId) => findDevice({ iotId }, store)));
    expect(found.map((one) => one.ok && one.value.deviceName)).toEqual(
      lines.map(({ deviceName }) => deviceName),
    );
  });
}

describe.each(['dynamodb', 'tablestore'])('with --store %s', (store) => {
  test(
    'a list of devices is imported without a data folder, and exported as it was',
    async () => {
      const target = await newTarget(store);
      const lines = linesOf(LINES);
      const file = listOfDevices(lines);
      const run = await importList(file, target);
      expect(run).toMatchObject({
        code: 0,
        out: `${LINES} devices registered, 0 lines rejected\n`,
      });
      await expectImported(lines, target);
      // What it has to know to go on, for nobody else to read, and no secret in it.
      expect(readdirSync(target.dataDir)).toEqual(['imports']);
      expect(statSync(target.dataDir).mode & 0o777).toBe(0o700);
      const place = storePlace(store, readCliConfig(target.tables.env));
      const notes = readFileSync(checkpointPath(target.dataDir, file, place), 'utf8');
      expect(notes + run.err).not.toContain('hush');

      expect(await importList(file, target)).toMatchObject({ code: 1, out: '' });
    },
    TIMEOUT_MS,
  );
});

test(
  'an import into DynamoDB that is killed twice registers every device once',
  async () => {
    const target = await newTarget('dynamodb');
    const lines = linesOf(KILLED_LINES);
    const file = listOfDevices(lines);
    // Before the first note of how far it came, and behind it.
    await useTables(target.tables, ({ store }) => {
      const device = { productKey: target.productKey, deviceName: 'lamp-000300' };
      return killImport(file, target, async () => (await findDevice(device, store)).ok);
    });
    await killImport(file, target, async () => positionOf(file, target) > 2);
    const { code, out, err } = await importList(file, target);
    expect(err).toMatch(/^goes on at line 2002: 2000 devices registered, /);
    expect({ code, out }).toEqual({
      code: 0,
      out: `${KILLED_LINES} devices registered, 0 lines rejected\n`,
    });
    await expectImported(lines, target);
  },
  TIMEOUT_MS,
);

async function killImport(file: string, target: Target, isTime: () => Promise<boolean>) {
  const child: ChildProcess = spawnMooring(importArguments(file, target), target.tables.env);
  const exit = once(child, 'exit');
  while (child.exitCode === null && !(await isTime())) await wait(5);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

function positionOf(file: string, { tables, dataDir }: Target): number {
  const place = storePlace(tables.store, readCliConfig(tables.env));
  const path = checkpointPath(dataDir, file, place);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).position.line : 0;
}

test(
  'what was imported into one store is not taken for imported into another',
  async () => {
    const lines = linesOf(3);
    const one = await newTarget('dynamodb');
    const other = await newTarget('dynamodb');
    const third = await newTarget('tablestore');
    const file = listOfDevices(lines);
    for (const target of [one, other, third]) {
      const { dataDir } = one;
      expect(await importList(file, { ...target, dataDir })).toMatchObject({ code: 0 });
      await expectImported(lines, target);
    }
  },
  TIMEOUT_MS,
);

test(
  'an import whose store goes away says how far it came, and then what is wrong',
  async () => {
    const own = await startClouds();
    const tables = await own.makeTables('dynamodb');
    const target = { tables, dataDir: join(tempFolder(), 'notes') };
    const productKey = await newProduct(tables);
    const file = listOfDevices(linesOf(3 * KILLED_LINES));
    const run = importList(file, { ...target, productKey });
    while (positionOf(file, { ...target, productKey }) <= 2) await wait(5);
    await own.stop();
    const { code, out, err } = await run;
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /interrupted before line \d+02: \d+00 devices registered, 0 lines rejected so far\. The same command goes on from there\.\nmooring: DynamoDB: .*\n$/,
    );
    const [, line] = /before line (\d+)/.exec(err) ?? [];
    expect(positionOf(file, { ...target, productKey })).toBe(Number(line));
  },
  TIMEOUT_MS,
);

describe('mooring devices says in a line', () => {
  const STACK = /\n {4}at /;
  const dynamodb = ['--store', 'dynamodb'];

  test.each([
    [['export', '--store', 'lmdb'], 2, 'There is no store "lmdb" in a cloud.'],
    [['import', 'a.csv', '--store', 'dynamo'], 2, 'Did you mean dynamodb?'],
    [['export', ...dynamodb, '--data-dir', 'd'], 2, 'Give --store or --data-dir, not both.'],
    [['export', ...dynamodb], 1, 'Set MOORING_SEALING_KEYS to the keys that the functions have.'],
  ])('what is wrong with %j', async (args, code, message) => {
    const run = await runCli(['devices', ...args]);
    expect(run).toMatchObject({ code, out: '' });
    expect(run.err).toContain(message);
    expect(run.err).not.toMatch(STACK);
  });

  test('that the tables are missing, or that the product is', async () => {
    const target = await newTarget('dynamodb');
    const file = listOfDevices(linesOf(1));
    const env = { ...target.tables.env, MOORING_TABLE_PREFIX: 'none-' };
    const tables = { ...target.tables, env };
    const missing = await importList(file, { ...target, tables });
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.err).toContain('no table none-products: mooring tables create --store dynamodb');
    expect(missing.err).not.toMatch(STACK);
    const nowhere = await importList(file, { ...target, productKey: 'a1Nowhere' });
    expect(nowhere).toMatchObject({ code: 1 });
    expect(nowhere.err).toContain('There is no product a1Nowhere here.');
  });
});
