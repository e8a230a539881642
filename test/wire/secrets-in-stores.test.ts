import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { createHandler as createDeviceRegister } from '../../functions/device-register/handler.ts';
import { createHandler as createOpenapi } from '../../functions/openapi/handler.ts';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Handler, Reply } from '../../shared/model/http.ts';
import type { Store } from '../../shared/ports/table.ts';
import { captureLog } from '../support/captured-log.ts';
import {
  addRow,
  certificateRequest,
  createInstance,
  signCertificateBody,
} from '../support/certificate.ts';
import { runCli } from '../support/cli.ts';
import { authRequest, signForm, tokenOf } from '../support/device-http.ts';
import { registerForm, registerRequest } from '../support/device-register.ts';
import { startDynalite } from '../support/dynalite.ts';
import { createAccessKey, openapiCaller } from '../support/function-calls.ts';
import { createMemoryParts } from '../support/memory-parts.ts';
import { EMPTY_REQUEST } from '../support/openapi.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { clientOptions } from '../support/tablestore-store.ts';

const BATCH = 30;
/** One that a factory has put into device_table itself. */
const PLAIN_SECRET = 'e4d909c290d0fb1ca068ffaddf22cbd0';

const dynamodb = await startDynalite();
const tablestore = await startTablestoreServer();
afterAll(async () => {
  await dynamodb.stop();
  await tablestore.stop();
});

const nowMs = () => Date.now();
const sealingKey = randomBytes(32);
const tokenKey = randomBytes(32);
const KEYS = { MOORING_SEALING_KEYS: sealingKey.toString('base64') };

describe('a dump of every table, after all that makes secrets,', () => {
  test('shows none of them in DynamoDB', async () => {
    const prefix = await dynamodb.createTables();
    const store = createDynamodbStore({ endpoint: dynamodb.endpoint, prefix, nowMs });
    onTestFinished(() => store.close());
    const env = { ...dynamodb.environment(prefix), ...KEYS };
    const secrets = await useEverything(store, await createAccessKey('dynamodb', env));
    expectAbsent(secrets, await dumpDynamodb());
  });

  test('shows none of them in Tablestore', async () => {
    const { account, endpoint } = tablestore;
    const env = {
      MOORING_TABLESTORE_ENDPOINT: endpoint,
      MOORING_TABLESTORE_INSTANCE: account.instance,
      ALIBABA_CLOUD_ACCESS_KEY_ID: account.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: account.accessKeySecret,
      ...KEYS,
    };
    await runCli(['tables', 'create', '--store', 'tablestore'], { env });
    const store = createTablestoreStore({ ...clientOptions(tablestore), prefix: '', nowMs });
    onTestFinished(() => store.close());
    const secrets = await useEverything(store, await createAccessKey('tablestore', env));
    expectAbsent(secrets, dumpTablestore());
  });
});

type Secrets = ReadonlyMap<string, string>;

function expectAbsent(secrets: Secrets, dump: string): void {
  // What is looked for is there: the dump has the rows, with what is sealed in them.
  for (const name of ['batch-of-secrets', 'SN-own', 'early-1', 'sealedSecret']) {
    expect(dump).toContain(name);
  }
  const kinds = [...secrets.values()];
  expect(kinds.filter((kind) => kind === 'device secret')).toHaveLength(BATCH + 3);
  expect(new Set(kinds)).toEqual(
    new Set(['access key secret', 'device secret', 'product secret', 'signature', 'token', 'key']),
  );
  const shown = [...secrets].filter(([secret]) => dump.includes(secret)).map(([, kind]) => kind);
  expect(shown).toEqual([]);
}

/** Resolves to the secrets, and what kind each is. */
async function useEverything(
  store: Store,
  accessKey: { accessKeyId: string; accessKeySecret: string },
): Promise<Secrets> {
  const secrets = new Map<string, string>();
  const keep = (kind: string, secret: unknown): string => {
    if (typeof secret !== 'string' || secret.length < 8) throw new Error(`no ${kind} to keep`);
    secrets.set(secret, kind);
    return secret;
  };
  keep('access key secret', accessKey.accessKeySecret);
  for (const key of [sealingKey, tokenKey]) keep('key', key.toString('base64'));

  const sealing = createSealing(createKeyRing([sealingKey]), randomBytes);
  const log = captureLog();
  const parts = { ...createMemoryParts(), store, sealing, nowMs, randomBytes, log };
  const newRequestId = () => randomUUID();
  const openapi = createOpenapi({
    parts,
    log: parts.log,
    newRequestId,
  });
  const call = openapiCaller({ call: (asked) => answerOf(openapi, asked) }, accessKey);

  const product = await call('CreateProduct', { ProductName: 'batch-of-secrets', NodeType: '0' });
  const productKey = String(product['ProductKey']);
  const ProductKey = productKey;
  const productSecret = keep('product secret', product['ProductSecret']);
  await call('SetProductRegistration', { ProductKey, DynamicRegistration: 'true' });

  // Registered by name, asked for with the product's secret, activated, opened again.
  const named = { ProductKey, DeviceName: 'early-1' };
  const early = keep('device secret', (await call('RegisterDevice', named))['DeviceSecret']);
  const form = registerForm({ productKey, deviceName: 'early-1' }, productSecret);
  keep('signature', form['sign']);
  const registered = await createDeviceRegister(parts)(registerRequest(form));
  expect(registered.body).toContain(early);
  const tokenKeys = createKeyRing([tokenKey]);
  const signIn = createDeviceAuth({ ...parts, tokenKeys });
  const identity = { productKey, deviceName: 'early-1', clientId: 'early-1' };
  const signed = signForm(identity, early);
  keep('signature', signed['sign']);
  keep('token', tokenOf(await signIn(authRequest(signed))));
  await call('ResetThing', named);
  const detail = await call('QueryDeviceDetail', named);
  keep('device secret', detail['DeviceSecret']);

  // A batch, by count.
  await call('BatchRegisterDevice', { ProductKey, Count: String(BATCH) });

  // Certificates: of a row without one, and of one that its owner has filled.
  await addRow('SN-own', { productKey }, parts);
  await addRow(
    'SN-filled',
    { productKey, deviceName: 'factory-1', deviceSecret: PLAIN_SECRET, iotId: 'iotIdOfFactory1' },
    parts,
  );
  const distribute = createInstance(parts);
  for (const deviceId of ['SN-own', 'SN-filled']) {
    const body = signCertificateBody({ deviceId, random: `random-of-${deviceId}` }, productSecret);
    keep('signature', body['sign']);
    const given = JSON.parse((await distribute(certificateRequest(body))).body);
    keep('device secret', given.deviceSecret);
  }
  expect(secrets.get(PLAIN_SECRET)).toBe('device secret');

  const { DeviceInfo } = await call('QueryDevice', { ProductKey, PageSize: '50' });
  for (const { DeviceSecret } of DeviceInfo as unknown as { DeviceSecret: string }[]) {
    keep('device secret', DeviceSecret);
  }
  return secrets;
}

async function answerOf(
  handler: Handler,
  asked: Partial<Parameters<Handler>[0]> | object,
): Promise<Record<string, unknown>> {
  const reply: Reply = await handler({ ...EMPTY_REQUEST, ...asked });
  return JSON.parse(reply.body);
}

async function dumpDynamodb(): Promise<string> {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1' });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  const dumps = await Promise.all(
    TableNames.map(async (TableName) => {
      const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
      expect(page.LastEvaluatedKey).toBeUndefined();
      return JSON.stringify(page.Items);
    }),
  );
  client.destroy();
  return dumps.join('\n');
}

function dumpTablestore(): string {
  const rows = [...tablestore.tables.values()].flatMap((table) => [...table.rows.values()]);
  return rows
    .map(({ primaryKey, columns }) =>
      [...primaryKey, ...columns.keys(), ...columns.values()].join(' '),
    )
    .join('\n');
}
