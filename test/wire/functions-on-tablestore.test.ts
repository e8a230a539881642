import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundleProcess, startBundle } from '../support/bundle-process.ts';
import { runCli } from '../support/cli.ts';
import { createAccessKey, openapiCaller, signIn } from '../support/function-calls.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';

const BUILD = join(import.meta.dirname, '../../infra/build/build.mjs');
const BUILD_TIMEOUT_MS = 60_000;

const server = await startTablestoreServer();
const env = {
  MOORING_TABLESTORE_ENDPOINT: server.endpoint,
  MOORING_TABLESTORE_INSTANCE: server.account.instance,
  MOORING_TABLE_PREFIX: 'site1_',
  ALIBABA_CLOUD_ACCESS_KEY_ID: server.account.accessKeyId,
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: server.account.accessKeySecret,
  MOORING_TOKEN_KEYS: randomBytes(32).toString('base64'),
  MOORING_SEALING_KEYS: randomBytes(32).toString('base64'),
};
const started: BundleProcess[] = [];

beforeAll(() => {
  const built = spawnSync(process.execPath, [BUILD, '--store', 'tablestore'], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(started.map((bundle) => bundle.stop()));
  await server.stop();
});

function start(name: string): BundleProcess {
  const bundle = startBundle(`dist/tablestore/${name}/index.js`, env);
  started.push(bundle);
  return bundle;
}

describe('the functions on Tablestore', () => {
  test('mooring tables create makes every table, and again changes nothing', async () => {
    const create = () => runCli(['tables', 'create', '--store', 'tablestore'], { env });
    const first = await create();
    expect(first.err).toBe('');
    expect(first.out).toContain('site1_device_table created\n');
    expect((await create()).out).toBe(first.out.replaceAll('created', 'was there'));
  });

  test('register a product and a device, sign it in, and load the SDK at the first call', async () => {
    const openapi = start('openapi');
    const deviceAuth = start('device-auth');
    for (const bundle of [openapi, deviceAuth]) expect(await bundle.loaded()).toEqual([]);

    const call = openapiCaller(openapi, await createAccessKey('tablestore', env));
    const product = await call('CreateProduct', { ProductName: 'tanks', NodeType: '0' });
    const productKey = `${product['ProductKey']}`;
    const device = await call('RegisterDevice', { ProductKey: productKey, DeviceName: 'tank-1' });
    const deviceSecret = `${device['DeviceSecret']}`;
    const identity = { productKey, deviceName: 'tank-1', deviceSecret };

    const signedIn = await signIn(deviceAuth, identity);
    expect(signedIn).toMatchObject({ code: 0, message: 'success' });
    const refused = await signIn(deviceAuth, { ...identity, deviceSecret: 'wrong' });
    expect(refused['code']).not.toBe(0);
    // And `long`, where there is a node_modules: what the SDK is made of takes it or does without.
    expect((await deviceAuth.loaded()).map((file) => basename(file))).toContain('tablestore.js');

    const names = { ProductKey: productKey, DeviceName: 'tank-1' };
    expect((await call('QueryDeviceDetail', names))['GmtActive']).not.toBe('');
    const dump = [...server.tables.values()].flatMap(({ rows }) => [...rows.values()]);
    const isShown = dump.some(({ columns }) =>
      [...columns.values()].some((value) => String(value).includes(deviceSecret)),
    );
    expect(isShown).toBe(false);
  });
});
