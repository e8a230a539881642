import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { saveCertificate } from '../../shared/core/certificates/certificate-records.ts';
import { openDeviceSecret } from '../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createProduct } from '../../shared/core/products/products.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import { runCli } from '../support/cli.ts';
import { startDynalite } from '../support/dynalite.ts';
import { createAccessKey } from '../support/function-calls.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { accepted, NEW_PRODUCT } from '../support/test-device.ts';

const DEVICES = 60;
const OLD = randomBytes(32);
const NEW = randomBytes(32);
const keysText = (...keys: Buffer[]) => keys.map((key) => key.toString('base64')).join(',');
const sealingOf = (...keys: Buffer[]) => createSealing(createKeyRing(keys), randomBytes);

const dynamodb = await startDynalite();
const tablestore = await startTablestoreServer();
afterAll(async () => {
  await dynamodb.stop();
  await tablestore.stop();
});

type Named = { productKey: string; deviceName: string; deviceSecret: string };

async function register(deviceName: string, productKey: string, registry: Registry) {
  const made = accepted(await registerDevice({ productKey, deviceName }, registry));
  const { deviceSecret, device } = made;
  const identity = { productKey, deviceName, deviceSecret, iotId: device.iotId };
  const certificate = { ...identity, deviceId: `SN-${deviceName}`, registerTimeMs: 1 };
  await saveCertificate(certificate, registry);
  return identity;
}

test('secrets in DynamoDB are sealed anew while devices are registered, and none is left under the old key', async () => {
  const prefix = await dynamodb.createTables();
  const env = dynamodb.environment(prefix);
  const nowMs = () => Date.now();
  const store = createDynamodbStore({ endpoint: dynamodb.endpoint, prefix, nowMs });
  onTestFinished(() => store.close());
  const before: Registry = { store, nowMs, randomBytes, sealing: sealingOf(OLD, NEW) };
  await createAccessKey('dynamodb', { ...env, MOORING_SEALING_KEYS: keysText(OLD, NEW) });
  const { productKey } = accepted(await createProduct(NEW_PRODUCT, before)).product;
  const names = Array.from({ length: DEVICES }, (_, index) => `early-${index}`);
  const made: Named[] = await Promise.all(names.map((name) => register(name, productKey, before)));

  // Every process has been restarted with the new key in front.
  const after: Registry = { ...before, sealing: sealingOf(NEW, OLD) };
  let done = false;
  const write = async () => {
    for (let index = 0; !done || index < DEVICES; index += 1) {
      made.push(await register(`late-${index}`, productKey, after));
      await turn();
    }
  };
  const writing = write();
  const rotated = { ...env, MOORING_SEALING_KEYS: keysText(NEW, OLD) };
  const args = ['keys', 'reseal', '--restarted', '--store', 'dynamodb'];
  const { code, out, err } = await runCli(args, { env: rotated });
  done = true;
  await writing;
  expect({ code, err }).toMatchObject({ code: 0 });
  // Access key and product, and of each device its record and its certificate.
  expect(Number(/^(\d+) secrets sealed anew/.exec(out)?.[1])).toBe(2 + 2 * DEVICES);
  expect(made.length).toBeGreaterThanOrEqual(2 * DEVICES);

  const dump = await scanAll(prefix);
  const oldId = createKeyRing([OLD]).current.id;
  const newId = createKeyRing([NEW]).current.id;
  expect(sealedIn(dump).filter((sealed) => keyIdOf(sealed) === oldId)).toEqual([]);
  expect(sealedIn(dump).filter((sealed) => keyIdOf(sealed) === newId)).toHaveLength(
    2 + 2 * made.length,
  );
  for (const { deviceName, deviceSecret } of made) {
    const device = accepted(await findDevice({ productKey, deviceName }, store));
    expect(openDeviceSecret(device, sealingOf(NEW))).toBe(deviceSecret);
  }
  // And with the new key alone there is nothing that does not open.
  const alone = { ...env, MOORING_SEALING_KEYS: keysText(NEW) };
  expect((await runCli(args, { env: alone })).out).toMatch(/^0 secrets sealed anew, /);
}, 60_000);

describe('mooring keys reseal --store', () => {
  const { account, endpoint } = tablestore;
  const env = {
    MOORING_TABLESTORE_ENDPOINT: endpoint,
    MOORING_TABLESTORE_INSTANCE: account.instance,
    ALIBABA_CLOUD_ACCESS_KEY_ID: account.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: account.accessKeySecret,
  };
  const args = ['keys', 'reseal', '--restarted', '--store', 'tablestore'];

  test('seals anew in Tablestore, says what is sealed with a key that is not given, and keeps keys to itself', async () => {
    await runCli(['tables', 'create', '--store', 'tablestore'], { env });
    await createAccessKey('tablestore', { ...env, MOORING_SEALING_KEYS: keysText(OLD) });
    const rotate = (keys: string) => runCli(args, { env: { ...env, MOORING_SEALING_KEYS: keys } });

    const lacking = await rotate(keysText(NEW));
    expect(lacking.code).toBe(1);
    expect(lacking.err).toMatch(
      /^mooring: access-key\/\w+ is sealed with key \w{8}, which is not configured\. /m,
    );
    const resealed = await rotate(keysText(NEW, OLD));
    expect(resealed).toMatchObject({
      code: 0,
      out: '1 secrets sealed anew, 0 had the current key already\n',
    });
    expect((await rotate(keysText(NEW))).out).toBe(
      '0 secrets sealed anew, 1 had the current key already\n',
    );
    for (const key of [OLD, NEW]) {
      expect(lacking.err + resealed.err + resealed.out).not.toContain(key.toString('base64'));
    }
  });

  test('has to be given the keys of the functions, and is the one step there is without a key file', async () => {
    const keyless = await runCli(args, { env });
    expect(keyless).toMatchObject({ code: 1 });
    expect(keyless.err).toContain('Set MOORING_SEALING_KEYS');
    const added = await runCli(['keys', 'add', '--store', 'tablestore'], { env });
    expect(added).toMatchObject({ code: 2 });
    expect(added.err).toContain('only reseal takes --store');
    const both = await runCli([...args, '--data-dir', '/nowhere'], { env });
    expect(both).toMatchObject({ code: 2 });
    const hasty = await runCli(['keys', 'reseal', '--store', 'tablestore'], { env });
    expect(hasty).toMatchObject({ code: 2 });
    expect(hasty.err).toContain('Say so with --restarted.');
  });
});

/** Everything that stands in the tables of a prefix, as text. */
async function scanAll(prefix: string): Promise<string> {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1' });
  let text = '';
  for (const table of ['access_keys', 'products', 'devices', 'device_table']) {
    let ExclusiveStartKey: Record<string, never> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({ TableName: prefix + table, ExclusiveStartKey, ConsistentRead: true }),
      );
      text += JSON.stringify(page.Items);
      ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
    } while (ExclusiveStartKey !== undefined);
  }
  client.destroy();
  return text;
}

/** Of format 1, in base64url: docs/storage-schema.md. */
const sealedIn = (text: string): string[] => text.match(/(?<=")A[Q-Za-f][\w-]{42,}/g) ?? [];
const keyIdOf = (sealed: string): string => Buffer.from(sealed, 'base64url').toString('hex', 1, 5);
