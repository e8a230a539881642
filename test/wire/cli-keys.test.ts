import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startLocalStack } from '../../infra/local/stack.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { runCli } from '../support/cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

test('keys are rotated in three steps with two restarts, and at no step is the stack without a secret', async () => {
  const dataDir = tempFolder();
  const env = { MOORING_DATA_DIR: dataDir };
  const mooring = (...args: string[]) => runCli(args, { env });
  let stack = await start(dataDir);
  const { productKey } = stack.demo;
  const showsSecrets = async () => {
    const { out } = await mooring('QueryDevice', '--ProductKey', productKey);
    expect(out).toContain(stack.demo.deviceSecret);
  };
  const restart = async () => {
    await stack.stop();
    stack = await start(dataDir);
  };

  expect((await mooring('keys', 'add')).out).toMatch(
    /^sealing (\w{8}) \(in use\), (\w{8}) \(new, not in use yet\)\n/,
  );
  await showsSecrets();
  const early = await mooring('keys', 'reseal');
  expect(early.code).toBe(2);
  expect(early.err).toContain('Say so with --restarted.');
  await restart();

  expect((await mooring('keys', 'drop-old', '--restarted')).err).toBe(
    'mooring: Keys were added and are not in use yet: mooring keys reseal is next.\n',
  );
  const resealed = await mooring('keys', 'reseal', '--restarted');
  expect(resealed.out).toContain('4 secrets sealed anew, 0 had the current key already\n');
  await showsSecrets();
  const late = await mooring('RegisterDevice', '--ProductKey', productKey, '--DeviceName', 'late');
  expect(late.code).toBe(0);
  await restart();
  await showsSecrets();

  const dropped = await mooring('keys', 'drop-old', '--restarted');
  expect(dropped.out).toContain('1 secrets sealed anew, 4 had the current key already\n');
  expect(dropped.out).toMatch(/\nsealing \w{8} \(in use\)\ntoken {3}\w{8} \(in use\)\n$/);
  await restart();
  await showsSecrets();
  // Nothing is next where no key is old.
  const again = await mooring('keys', 'reseal', '--restarted');
  expect(again).toMatchObject({ code: 0, err: '' });
  await stack.stop();
  await rm(dataDir, { recursive: true });
});

test('a command on a data folder without keys says where they come from', async () => {
  const dataDir = tempFolder();
  const stack = await start(dataDir);
  await stack.stop();
  await rm(join(dataDir, 'keys.json'));
  const env = { MOORING_DATA_DIR: dataDir };
  for (const args of [
    ['devices', 'export'],
    ['keys', 'reseal', '--restarted'],
  ]) {
    const { code, err } = await runCli(args, { env });
    expect({ args, code }).toEqual({ args, code: 1 });
    expect(err).toContain('keys');
    expect(err).not.toMatch(/\n {4}at /);
  }
  const { err } = await runCli(['devices', 'export'], { env });
  expect(err).toContain('mooring: no keys: set MOORING_TOKEN_KEYS and MOORING_SEALING_KEYS');
});

test('keys of the environment are left to whoever sets them', async () => {
  const dataDir = tempFolder();
  const stack = await start(dataDir);
  const key = Buffer.alloc(32, 1).toString('base64');
  const env = { MOORING_DATA_DIR: dataDir, MOORING_SEALING_KEYS: key };
  const { code, err } = await runCli(['keys', 'add'], { env });
  await stack.stop();
  expect(code).toBe(1);
  expect(err).toContain('so keys.json is not in use; see docs/operations.md');
});

test('keys of the environment seal anew what older ones of them sealed', async () => {
  const dataDir = tempFolder();
  const [older, newer, token] = [1, 2, 3].map((n) => Buffer.alloc(32, n).toString('base64'));
  const env = { MOORING_DATA_DIR: dataDir, MOORING_TOKEN_KEYS: `${token}` };
  const stack = await start(dataDir, { ...env, MOORING_SEALING_KEYS: `${older}` });
  await stack.stop();
  const rotated = { ...env, MOORING_SEALING_KEYS: `${newer},${older}` };
  const { code, out } = await runCli(['keys', 'reseal', '--restarted'], { env: rotated });
  expect({ code, out }).toEqual({
    code: 0,
    out: '4 secrets sealed anew, 0 had the current key already\n',
  });
  expect(existsSync(join(dataDir, 'keys.json'))).toBe(false);
});

function start(dataDir: string, env: Record<string, string> = {}) {
  const config = readConfig({
    MOORING_DATA_DIR: dataDir,
    MOORING_HTTP_PORT: '0',
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_LOG_LEVEL: 'silent',
    ...env,
  });
  return startLocalStack({ config });
}
