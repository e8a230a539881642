import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDynamodbStore } from '../../shared/adapters/dynamodb/dynamodb-store.ts';
import { createDynamodbTables } from '../../shared/adapters/dynamodb/dynamodb-tables.ts';
import { startDynalite } from '../support/dynalite.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { CERTIFICATE } from './table-fixture.ts';

const dynamodb = await startDynalite();
const { endpoint } = dynamodb;
/** Another program on the same tables. */
const other = new DynamoDBClient({ endpoint, region: 'us-east-1' });
afterAll(async () => {
  other.destroy();
  await dynamodb.stop();
});

async function openStore(through = endpoint) {
  const prefix = await dynamodb.createTables();
  const store = createDynamodbStore({ endpoint: through, prefix, nowMs: () => 0 });
  onTestFinished(() => store.close());
  return { store, prefix };
}

describe('device_table in DynamoDB', () => {
  const fill = async (columns: Parameters<typeof itemOf>[0]) => {
    const { store, prefix } = await openStore();
    const TableName = `${prefix}device_table`;
    await other.send(new PutItemCommand({ TableName, Item: itemOf(columns) }));
    const table = store.table('device_table');
    const raw = async () => {
      const Key = { deviceId: { S: 'SN1' } };
      return (await other.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
    };
    return { table, raw, TableName };
  };
  const itemOf = (columns: Record<string, { S: string } | { NULL: true } | { BOOL: true }>) => ({
    deviceId: { S: 'SN1' },
    productKey: { S: 'a1TestProd01' },
    ...columns,
  });
  const key = { partition: 'SN1' };

  test('serves a row that another program has written, and keeps the columns it added', async () => {
    const { table, raw } = await fill({ deviceName: { NULL: true }, shelf: { S: 'B7' } });
    const empty = { registerTime: null, activateTime: null, deviceName: null, iotId: null };
    expect(await table.read(key)).toEqual({
      value: { ...empty, productKey: 'a1TestProd01', deviceSecret: null },
      version: 0,
    });
    expect(await table.insert(key, CERTIFICATE)).toBe(false);
    expect(await table.replace(key, CERTIFICATE, 0)).toBe(true);
    expect(await raw()).toEqual({
      deviceId: { S: 'SN1' },
      registerTime: { N: '1700000000000' },
      productKey: { S: 'a1TestProd01' },
      deviceName: { S: 'tank-1' },
      deviceSecret: { S: 'AQ…' },
      iotId: { S: 'iot1' },
      shelf: { S: 'B7' },
      version: { N: String((await table.read(key))?.version) },
    });
  });

  test('lets one of 50 take over a row without a version', async () => {
    const { table } = await fill({});
    const takes = Array.from({ length: 50 }, () => table.replace(key, CERTIFICATE, 0));
    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(1);
    expect(await table.remove(key, 0)).toBe(false);
  });

  test('refuses to guess at a column of another type', async () => {
    const { table } = await fill({ deviceName: { BOOL: true } });
    await expect(table.read(key)).rejects.toThrow(
      'deviceName in device_table is neither a string nor a number',
    );
  });

  test('has no sort key and no empty partition', async () => {
    const { store } = await openStore();
    const table = store.table('device_table');
    await expect(table.read({ partition: 'SN1', sort: 's' })).rejects.toThrow(RangeError);
    await expect(table.insert({ partition: '' }, CERTIFICATE)).rejects.toThrow(RangeError);
  });
});

describe('a table of JSON in DynamoDB', () => {
  test('is laid out as docs/storage-schema.md says', async () => {
    const { store, prefix } = await openStore();
    const table = store.table('seen');
    await table.insert({ partition: 'p' }, { seenAtMs: 1 }, { expiresAtMs: 1_500 });
    const Key = { partition: { S: '.p' }, sort: { S: '.' } };
    const get = new GetItemCommand({ TableName: `${prefix}seen`, Key, ConsistentRead: true });
    expect((await other.send(get)).Item).toEqual({
      ...Key,
      value: { S: '{"seenAtMs":1}' },
      version: { N: String((await table.read({ partition: 'p' }))?.version) },
      expiresAtMs: { N: '1500' },
      expiresAtSeconds: { N: '2' },
    });
  });

  test('takes no record above 400 kB, and says which table and which limit', async () => {
    const { store, prefix } = await openStore();
    const thingModel = { profile: { productKey: 'x'.repeat(410_000) } };
    const record = { thingModel: { ...thingModel, properties: [], events: [], services: [] } };
    const inserting = store
      .table('thing_models')
      .insert({ partition: 'p' }, { ...record, importedAtMs: 0 });
    await expect(inserting).rejects.toThrow(
      new RegExp(
        `a record of \\d+ bytes for ${prefix}thing_models is larger than the 409600 bytes`,
      ),
    );
  });

  test('says how to make a table that is missing', async () => {
    const store = createDynamodbStore({ endpoint, prefix: 'nobody-', nowMs: () => 0 });
    onTestFinished(() => store.close());
    const hint = 'no table nobody-seen: mooring tables create --store dynamodb makes it';
    const table = store.table('seen');
    await expect(table.read({ partition: 'p' })).rejects.toThrow(hint);
    await expect(table.insert({ partition: 'p' }, { seenAtMs: 1 })).rejects.toThrow(hint);
    await expect(table.list('p', { limit: 1 })).rejects.toThrow(hint);
  });

  test('answers nothing once its store is closed', async () => {
    const { store } = await openStore();
    await store.close();
    await expect(store.table('seen').read({ partition: 'p' })).rejects.toThrow('closed');
  });
});

describe('a write whose answer is lost and that the SDK sends again', () => {
  const openLossy = async () => {
    const proxy = await startLossyProxy(endpoint);
    onTestFinished(() => proxy.stop());
    const { store } = await openStore(proxy.endpoint);
    return { table: store.table('seen'), proxy };
  };
  const key = { partition: 'p' };

  test('is known as its own', async () => {
    const { table, proxy } = await openLossy();
    proxy.loseAnswers('PutItem', 1);
    expect(await table.insert(key, { seenAtMs: 1 })).toBe(true);
    proxy.loseAnswers('UpdateItem', 1);
    const version = (await table.read(key))?.version ?? 0;
    expect(await table.replace(key, { seenAtMs: 2 }, version)).toBe(true);
    expect((await table.read(key))?.value).toEqual({ seenAtMs: 2 });
    proxy.loseAnswers('DeleteItem', 1);
    expect(await table.remove(key)).toBe(true);
    expect(proxy.lost()).toBe(3);
  });

  test('is known as refused where another stood before it', async () => {
    const { table, proxy } = await openLossy();
    await table.insert(key, { seenAtMs: 1 });
    proxy.loseAnswers('PutItem', 1);
    expect(await table.insert(key, { seenAtMs: 2 })).toBe(false);
    expect((await table.read(key))?.value).toEqual({ seenAtMs: 1 });
    expect(proxy.lost()).toBe(1);
  });

  test('rejects when every answer is lost', async () => {
    const { table, proxy } = await openLossy();
    proxy.loseAnswers('PutItem', 100);
    await expect(table.insert(key, { seenAtMs: 1 })).rejects.toThrow();
    expect(proxy.lost()).toBe(3);
  });
});

describe('createDynamodbTables', () => {
  test('makes what is missing and changes nothing the second time', async () => {
    const made: { tableName: string; created: boolean }[] = [];
    const options = { endpoint, prefix: 'twice-' };
    await createDynamodbTables(options, (table) => made.push(table));
    expect(made).toContainEqual({ tableName: 'twice-devices', created: true });
    expect(made).toContainEqual({ tableName: 'twice-device_table', created: true });
    const again: typeof made = [];
    await createDynamodbTables(options, (table) => again.push(table));
    expect(again).toEqual(made.map((table) => ({ ...table, created: false })));
  });

  test('waits for a table that was made a moment ago and is not known everywhere yet', async () => {
    const proxy = await startLossyProxy(endpoint);
    onTestFinished(() => proxy.stop());
    proxy.missTable('DescribeTable', 1);
    const made: string[] = [];
    const options = { endpoint: proxy.endpoint, prefix: 'slow-' };
    await createDynamodbTables(options, ({ tableName }) => made.push(tableName));
    expect(made).toContain('slow-devices');
  });

  test('refuses a table that has another key', async () => {
    const TableName = 'foreign-devices';
    await other.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    await expect(createDynamodbTables({ endpoint, prefix: 'foreign-' })).rejects.toThrow(
      'table foreign-devices has the key id HASH, not partition HASH, sort RANGE',
    );
  });
});
