import { afterAll, describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { startDynalite } from '../support/dynalite.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';

const dynamodb = await startDynalite();
const tablestore = await startTablestoreServer();
afterAll(async () => {
  await dynamodb.stop();
  await tablestore.stop();
});

const SEALING = { MOORING_SEALING_KEYS: Buffer.alloc(32, 1).toString('base64') };
/** Nobody listens on it, and the system refuses at once. */
const NOBODY = 'http://127.0.0.1:1';
const STACK = /\n {4}at /;

async function failing(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, err } = await runCli(args, { env: { ...SEALING, ...env } });
  expect(code).toBe(1);
  expect(err).not.toMatch(STACK);
  return err;
}

describe('a store in a cloud that cannot be used is told of in a line that says what to check', () => {
  const inTablestore = {
    MOORING_TABLESTORE_ENDPOINT: tablestore.endpoint,
    MOORING_TABLESTORE_INSTANCE: tablestore.account.instance,
    ALIBABA_CLOUD_ACCESS_KEY_ID: tablestore.account.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: tablestore.account.accessKeySecret,
  };
  const create = (store: string) => ['tables', 'create', '--store', store];
  const createKey = (store: string) => ['access-keys', 'create', '--store', store];

  test('where nobody answers', async () => {
    expect(await failing(create('dynamodb'), { MOORING_DYNAMODB_ENDPOINT: NOBODY })).toContain(
      'DynamoDB: connect ECONNREFUSED 127.0.0.1:1. Check AWS_REGION, ',
    );
    const env = { ...inTablestore, MOORING_TABLESTORE_ENDPOINT: NOBODY };
    expect(await failing(create('tablestore'), env)).toMatch(
      /^mooring: Tablestore: createTable failed with NetworkingError, .* Check MOORING_TABLESTORE_ENDPOINT, /m,
    );
  });

  test('where the tables are missing', async () => {
    expect(await failing(createKey('dynamodb'), dynamodb.environment('none-'))).toContain(
      'DynamoDB has no table none-products: mooring tables create --store dynamodb makes it',
    );
    expect(await failing(createKey('tablestore'), inTablestore)).toContain(
      'no table products: mooring tables create --store tablestore makes it',
    );
  });

  test('where the access key is wrong, and does not show it', async () => {
    const wrong = { ...inTablestore, ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'not-this-one' };
    const err = await failing(create('tablestore'), wrong);
    expect(err).toContain('OTSAuthFailed');
    expect(err).toContain('and the access key');
    expect(err).not.toContain('not-this-one');
  });

  test('where the environment lacks something, or has it in another form', async () => {
    const told = (env: Record<string, string>) =>
      failing(createKey('tablestore'), { ...inTablestore, ...env });
    expect(await told({ MOORING_TABLESTORE_INSTANCE: '' })).toContain(
      'Set MOORING_TABLESTORE_ENDPOINT and MOORING_TABLESTORE_INSTANCE.',
    );
    expect(await told({ MOORING_TABLESTORE_ENDPOINT: 'ots.aliyuncs.com' })).toContain(
      'MOORING_TABLESTORE_ENDPOINT is "ots.aliyuncs.com", not of the form http',
    );
    expect(await told({ MOORING_TABLE_PREFIX: 'a-b' })).toContain(
      'MOORING_TABLE_PREFIX is "a-b"; Tablestore takes letters, digits and _',
    );
    const inDynamodb = { ...dynamodb.environment('a b') };
    expect(await failing(createKey('dynamodb'), inDynamodb)).toContain(
      'MOORING_TABLE_PREFIX is "a b"; DynamoDB takes letters',
    );
    expect(await told({ ALIBABA_CLOUD_ACCESS_KEY_ID: '' })).toContain(
      'there are no credentials for Alibaba Cloud: set ALIBABA_CLOUD_ACCESS_KEY_ID',
    );
  });
});
