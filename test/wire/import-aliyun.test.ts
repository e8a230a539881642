import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProduct } from '../../shared/core/products/products.ts';
import { runCli } from '../support/cli.ts';
import { spawnMooring } from '../support/command-line.ts';
import { signInForm } from '../support/device-http.ts';
import {
  contentOf,
  deviceIn,
  FAST,
  fillFolder,
  useFolder,
  versionsOf,
} from '../support/filled-account.ts';
import { longRun } from '../support/long.ts';
import { answerOf, startScriptedApi } from '../support/scripted-api.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { accepted, NEW_PRODUCT } from '../support/test-device.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const PRODUCTS = 20;
const DEVICES_EACH = longRun ? 1000 : 100;
/** Slow enough to be killed half-way. */
const KILLED_PACE = longRun ? '1000' : '300';
const TIMEOUT_MS = longRun ? 900_000 : 120_000;
/** Activated is whoever is not the third of a batch of fillDevices, disabled every seventh. */
const ACTIVE = 'device-000001';
const DISABLED = 'device-000007';

let account: TestStack;
let productKeys: string[];

beforeAll(async () => {
  account = await startTestStack(FAST);
  productKeys = await fillFolder(account.dataDir, {
    products: PRODUCTS,
    devicesEach: DEVICES_EACH,
  });
}, TIMEOUT_MS);

afterAll(() => account.stop());

/** What `more` names is not the account's own. */
function importArguments(dataDir: string, ...more: string[]): string[] {
  const { accessKeyId, accessKeySecret } = account.demo;
  const options = {
    '--endpoint': `http://127.0.0.1:${account.port}`,
    '--access-key-id': accessKeyId,
    '--access-key-secret': accessKeySecret,
    '--calls-per-second': '5000',
    '--data-dir': dataDir,
  };
  const others = Object.entries(options).filter(([name]) => !more.includes(name));
  return ['import', 'aliyun', ...others.flat(), ...more];
}

async function runImport(dataDir: string, ...more: string[]) {
  return runCli(importArguments(dataDir, ...more), { env: FAST });
}

type Report = {
  products: { productKey: string; product: string; devices: object; desired: { added: number } }[];
};

function readReport(path: string): Report {
  return JSON.parse(readFileSync(path, 'utf8'));
}

test(
  'a whole account is moved beside a running stack, its devices sign in with their old secrets, and a second run writes nothing',
  async () => {
    const target = await startTestStack(FAST);
    const path = join(tempFolder(), 'report.json');

    const dry = await runImport(target.dataDir, '--dry-run', '--report', path);
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.out).toContain('Dry run: nothing was written.');
    expect(dry.out.match(/last values .*/g)).toEqual(
      Array(PRODUCTS + 2).fill('last values   not counted in a dry run'),
    );
    const planned = readReport(path).products.find((one) => one.productKey === productKeys[0]);
    const added = { added: DEVICES_EACH, changed: 0, unchanged: 0, refused: 0 };
    expect(planned).toMatchObject({ product: 'added', devices: added, values: null, tags: null });
    expect(await versionsOf(target.dataDir, productKeys)).toHaveLength(1);
    expect(existsSync(join(target.dataDir, 'import-aliyun.json'))).toBe(false);

    const first = await runImport(target.dataDir, '--report', path);
    expect(first).toMatchObject({ code: 0 });
    const done = readReport(path).products.filter((one) => productKeys.includes(one.productKey));
    expect(done).toHaveLength(PRODUCTS);
    const extras = { topics: { ...added, added: 3 }, shadows: added, tags: added };
    for (const one of done)
      expect(one).toMatchObject({ ...extras, product: 'added', devices: added });
    expect(done.filter(({ desired }) => desired.added === DEVICES_EACH)).toHaveLength(
      (PRODUCTS * 3) / 4,
    );
    expect(await contentOf(target.dataDir, productKeys)).toEqual(
      await contentOf(account.dataDir, productKeys),
    );
    const exported = await exportOf(target.dataDir);
    expect(exported.split('\n')).toHaveLength(PRODUCTS * DEVICES_EACH + 2);
    expect(exported).toBe(await exportOf(account.dataDir));

    for (const productKey of productKeys) {
      const device = await deviceIn(account.dataDir, { productKey, deviceName: ACTIVE });
      expect(await signInCode(target, device)).toBe(0);
    }
    const [productKey = ''] = productKeys;
    const disabled = await deviceIn(account.dataDir, { productKey, deviceName: DISABLED });
    expect(await signInCode(target, disabled)).toBe(20000);

    const before = await versionsOf(target.dataDir, productKeys);
    const second = await runImport(target.dataDir);
    expect(second.code).toBe(0);
    expect(await versionsOf(target.dataDir, productKeys)).toEqual(before);
    await expectNoSecrets([dry, first, second], productKeys);
    await target.stop();
  },
  TIMEOUT_MS,
);

async function exportOf(dataDir: string): Promise<string> {
  const products = productKeys.flatMap((productKey) => ['--product', productKey]);
  const everything = ['--with-secrets', '--with-values', '--data-dir', dataDir];
  const { code, out } = await runCli(['devices', 'export', ...products, ...everything], {
    env: FAST,
  });
  expect(code).toBe(0);
  return out;
}

async function signInCode(
  { port }: TestStack,
  device: Parameters<typeof signInForm>[0],
): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${port}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(signInForm(device)),
  });
  const { code } = (await reply.json()) as { code: number };
  return code;
}

async function expectNoSecrets(runs: { out: string; err: string }[], keys: readonly string[]) {
  const text = runs.map(({ out, err }) => out + err).join('\n');
  for (const { productSecret, devices } of await contentOf(account.dataDir, keys)) {
    const secrets = [productSecret, ...devices.map(({ secret }) => secret)];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  }
}

test(
  'a run that is killed half-way is gone on with, and ends as if it had not been',
  async () => {
    const dataDir = tempFolder();
    const made = await startTestStack({ ...FAST, MOORING_DATA_DIR: dataDir });
    // The killed one has the folder to itself: lmdb may give it up in a process that lives through the kill.
    await made.stop();
    const child = spawnMooring(importArguments(dataDir, '--calls-per-second', KILLED_PACE));
    const path = join(dataDir, 'import-aliyun.json');
    while (positionsIn(path) < 3 && child.exitCode === null) await wait(20);
    child.kill('SIGKILL');
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');

    const { code, out, err } = await runImport(dataDir);
    expect({ code, out, err }).toMatchObject({ code: 0 });
    expect(out).toContain('goes on where the last run was interrupted');
    expect(existsSync(path)).toBe(false);
    expect(await contentOf(dataDir, productKeys)).toEqual(
      await contentOf(account.dataDir, productKeys),
    );
  },
  TIMEOUT_MS,
);

function positionsIn(path: string): number {
  if (!existsSync(path)) return 0;
  return Object.keys(JSON.parse(readFileSync(path, 'utf8')).positions).length;
}

test('products whose devices have no secret to sign in with are left out, with the reason', async () => {
  const target = await startTestStack(FAST);
  const odd = await useFolder(account.dataDir, async (registry) => {
    const make = async (changes: object) =>
      accepted(await createProduct({ ...NEW_PRODUCT, ...changes }, registry)).product.productKey;
    return {
      id2: await make({ authType: 'id2' }),
      x509: await make({ authType: 'x509' }),
      lora: await make({ netType: 'LORA' }),
    };
  });
  const keys = Object.values(odd);
  const { code, out } = await runImport(
    target.dataDir,
    ...keys.flatMap((key) => ['--product', key]),
    ...['--product', 'a1NotThereAt'],
  );
  expect(code).toBe(1);
  expect(out).toContain('\na1NotThereAt: not moved\n');
  expect(out).toContain('\n0 of 4 products\n');
  expect(out).toContain(`${odd.id2} Thermometer: not moved\n  ! AuthType id2: `);
  expect(out).toContain(`${odd.x509} Thermometer: not moved\n  ! AuthType x509: `);
  expect(out).toContain(`${odd.lora} Thermometer: not moved\n  ! NetType LORA: `);
  expect(out).toContain('the account refuses it: iot.prod.NotExistedProduct');
  expect(await versionsOf(target.dataDir, keys)).toHaveLength(1);
  await target.stop();
});

test(
  'an account that limits calls is asked again, and everything arrives',
  async () => {
    const target = await startTestStack(FAST);
    const throttling = await startScriptedApi(async (form, count) => {
      if (count % 4 === 0) return answerOf({ Code: 'Throttling.User', Message: 'slow' }, 400);
      const url = `http://127.0.0.1:${account.port}/`;
      const reply = await fetch(url, { method: 'POST', body: form });
      return { status: reply.status, body: await reply.text() };
    });
    const [productKey = ''] = productKeys;
    const { code, err } = await runCli(
      importArguments(
        target.dataDir,
        ...[
          '--endpoint',
          throttling.endpoint,
          '--product',
          productKey,
          '--without',
          'values,shadows,desired',
        ],
      ),
      { env: FAST },
    );
    await throttling.stop();
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(throttling.forms.length).toBeGreaterThan(4);
    const [moved] = await contentOf(target.dataDir, [productKey]);
    expect(moved?.devices).toHaveLength(DEVICES_EACH);
    expect(moved?.devices.filter(({ extras }) => extras.tags)).toHaveLength(DEVICES_EACH);
    expect(moved?.devices.filter(({ extras }) => extras.shadow)).toEqual([]);
    await target.stop();
  },
  TIMEOUT_MS,
);

test('an access key that the account does not know ends the import with its reason', async () => {
  const target = await startTestStack(FAST);
  const { code, err } = await runImport(target.dataDir, '--access-key-id', 'unknownKey');
  await target.stop();
  expect(code).toBe(1);
  expect(err).toContain('InvalidAccessKeyId.NotFound');
});
