import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BundleProcess, startBundle } from '../support/bundle-process.ts';
import { runCli } from '../support/cli.ts';
import { startDynalite } from '../support/dynalite.ts';
import { createAccessKey, openapiCaller, signIn } from '../support/function-calls.ts';
import { tempFolder } from '../support/temp-folder.ts';

const BUILD = join(import.meta.dirname, '../../infra/build/build.mjs');
const BUILD_TIMEOUT_MS = 60_000;

const dynamodb = await startDynalite();
const env = {
  ...dynamodb.environment('site1-'),
  MOORING_TOKEN_KEYS: randomBytes(32).toString('base64'),
  MOORING_SEALING_KEYS: randomBytes(32).toString('base64'),
};
const started: BundleProcess[] = [];

beforeAll(() => {
  const built = spawnSync(process.execPath, [BUILD, '--store', 'dynamodb'], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  await Promise.all(started.map((bundle) => bundle.stop()));
  await dynamodb.stop();
});

function start(name: string, more: Record<string, string> = {}): BundleProcess {
  const bundle = startBundle(`dist/dynamodb/${name}/index.js`, { ...env, ...more });
  started.push(bundle);
  return bundle;
}

describe('the functions on DynamoDB', () => {
  test('mooring tables create makes every table, and again changes nothing', async () => {
    const create = () => runCli(['tables', 'create', '--store', 'dynamodb'], { env });
    const first = await create();
    expect(first.err).toBe('');
    expect(first.out).toContain('site1-devices created\n');
    expect((await create()).out).toBe(first.out.replaceAll('created', 'was there'));
  });

  test('register a product and a device, sign it in, take its message, and load the SDK at the first call', async () => {
    const openapi = start('openapi');
    const deviceAuth = start('device-auth');
    const topicIngest = start('topic-ingest', { MOORING_DATA_DIR: tempFolder() });
    for (const bundle of [openapi, deviceAuth, topicIngest]) {
      expect(await bundle.loaded()).toEqual([]);
    }

    const call = openapiCaller(openapi, await createAccessKey('dynamodb', env));
    const product = await call('CreateProduct', { ProductName: 'tanks', NodeType: '0' });
    const productKey = `${product['ProductKey']}`;
    const device = await call('RegisterDevice', { ProductKey: productKey, DeviceName: 'tank-1' });
    const identity = {
      productKey,
      deviceName: 'tank-1',
      deviceSecret: `${device['DeviceSecret']}`,
    };

    const signedIn = await signIn(deviceAuth, identity);
    expect(signedIn).toMatchObject({ code: 0, message: 'success' });
    const refused = await signIn(deviceAuth, { ...identity, deviceSecret: 'wrong' });
    expect(refused['code']).not.toBe(0);
    const files = await deviceAuth.loaded();
    expect(files.map((file) => basename(file))).toEqual(['dynamodb-client.js']);

    const { token } = signedIn['info'] as { token: string };
    const path = `/topic/${productKey}/tank-1/user/update`;
    const headers = { 'content-type': 'application/octet-stream', password: token };
    const published = await topicIngest.call({ path, headers, body: 'hello' });
    expect(published).toMatchObject({ code: 0, message: 'success' });

    const detail = await call('QueryDeviceDetail', {
      ProductKey: productKey,
      DeviceName: 'tank-1',
    });
    expect(detail['GmtActive']).not.toBe('');
  });

  test('activate a device once, however many processes sign it in at once', async () => {
    const call = openapiCaller(start('openapi'), await createAccessKey('dynamodb', env));
    const product = await call('CreateProduct', { ProductName: 'pumps', NodeType: '0' });
    const productKey = `${product['ProductKey']}`;
    const device = await call('RegisterDevice', { ProductKey: productKey, DeviceName: 'pump-1' });
    const deviceSecret = `${device['DeviceSecret']}`;
    const identity = { productKey, deviceName: 'pump-1', deviceSecret };
    const functions = [start('device-auth'), start('device-auth')];
    let firstAnswerMs = Number.POSITIVE_INFINITY;
    const signIns = functions.flatMap((deviceAuth) =>
      Array.from({ length: 20 }, async () => {
        const { code } = await signIn(deviceAuth, identity);
        firstAnswerMs = Math.min(firstAnswerMs, Date.now());
        return code;
      }),
    );
    expect(new Set(await Promise.all(signIns))).toEqual(new Set([0]));
    // A later sign-in that activated it again would leave its own, later time.
    const detail = await call('QueryDeviceDetail', {
      ProductKey: productKey,
      DeviceName: 'pump-1',
    });
    expect(Date.parse(`${detail['UtcActive']}`)).toBeLessThanOrEqual(firstAnswerMs);
  });
});

describe('mooring without what a store in a cloud needs', () => {
  test.each([
    { args: ['tables', 'create'], code: 2, reason: '--store is missing' },
    { args: ['tables', 'create', '--store', 'dynamo'], code: 2, reason: 'no store "dynamo"' },
    { args: ['tables', 'drop', '--store', 'dynamodb'], code: 2, reason: 'mooring tables create' },
    { args: ['access-keys', '--store', 'dynamodb'], code: 2, reason: 'mooring access-keys create' },
    {
      args: ['access-keys', 'create', '--store', 'dynamodb'],
      code: 1,
      reason: 'MOORING_SEALING_KEYS',
    },
  ])('$args says what is missing', async ({ args, code, reason }) => {
    const run = await runCli(args);
    expect(run.err).toContain(reason);
    expect([run.code, run.out]).toEqual([code, '']);
  });
});
