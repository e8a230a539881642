import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalStack } from '../../infra/local/stack.ts';
import { countDevicesOf, createProduct } from '../../shared/core/products/products.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { runCli } from '../support/cli.ts';
import { startClouds, type TestClouds, useTables } from '../support/cloud-tables.ts';
import { listOf } from '../support/list-stack.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { accepted, NEW_PRODUCT } from '../support/test-device.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

/** Of nobody; whatever it sealed would open nowhere else. */
const OTHER_KEY = { MOORING_SEALING_KEYS: randomBytes(32).toString('base64') };
const SEALED_OTHERWISE =
  /^mooring: product\/a1\w+ is sealed with key \w{8}, which is not configured\. /;
const TIMEOUT_MS = 60_000;

let stack: TestStack;
let clouds: TestClouds;

beforeAll(async () => {
  stack = await startTestStack();
  clouds = await startClouds();
});

afterAll(async () => {
  await stack.stop();
  await clouds.stop();
});

const listOfOne = (): string => listOf('DeviceName\nlamp-0001\n');

test('a command with other keys than those of the data folder changes nothing, and says what to do', async () => {
  const { dataDir, demo } = stack;
  const args = ['devices', 'import', listOfOne(), '--product', demo.productKey];
  const env = { MOORING_DATA_DIR: dataDir };
  const refused = await runCli(args, { env: { ...env, ...OTHER_KEY } });
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(SEALED_OTHERWISE);
  expect(refused.err).toContain(
    `MOORING_SEALING_KEYS is set: unset it if ${dataDir} has its keys in keys.json.\n`,
  );
  expect(await runCli(args, { env })).toMatchObject({ code: 0 });
});

test.each(['dynamodb', 'tablestore'])(
  'a command with other keys than those of the functions on %s changes nothing',
  async (store) => {
    const tables = await clouds.makeTables(store);
    const productKey = await useTables(
      tables,
      async (registry) => accepted(await createProduct(NEW_PRODUCT, registry)).product.productKey,
    );
    const env = { ...tables.env, ...OTHER_KEY, MOORING_DATA_DIR: tempFolder() };
    const inStore = ['--store', store];
    const commands = [
      ['devices', 'import', listOfOne(), '--product', productKey, ...inStore],
      ['access-keys', 'create', ...inStore],
      ['keys', 'reseal', '--restarted', ...inStore],
    ];
    for (const args of commands) {
      const { code, err, out } = await runCli(args, { env });
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(SEALED_OTHERWISE);
      expect(err).toContain('Set MOORING_SEALING_KEYS to the keys that the functions have.');
    }
    expect(await useTables(tables, ({ store }) => countDevicesOf(productKey, store))).toBe(0);
  },
  TIMEOUT_MS,
);

test('the stack does not start with other keys than those of its data', async () => {
  const dataDir = tempFolder();
  const env = {
    MOORING_DATA_DIR: dataDir,
    MOORING_HTTP_PORT: '0',
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_LOG_LEVEL: 'silent',
  };
  await (await startLocalStack({ config: readConfig(env) })).stop();
  const starting = startLocalStack({ config: readConfig({ ...env, ...OTHER_KEY }) });
  await expect(starting).rejects.toThrow(
    /^product\/a1\w+ is sealed with key \w{8}, which is not configured: MOORING_SEALING_KEYS has to hold the keys of this data$/,
  );
});
