import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Column,
  loadSdk,
  type TablestoreSdk,
} from '../../shared/adapters/tablestore/tablestore-sdk.ts';
import { createTablestoreTables } from '../../shared/adapters/tablestore/tablestore-tables.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { clientOptions, openTablestoreStore } from '../support/tablestore-store.ts';
import { CERTIFICATE } from './table-fixture.ts';

/** So few rows a call that every list has to go on. */
const server = await startTablestoreServer({ mostScanned: 3 });
afterAll(() => server.stop());

/** Another program on the same table, with a client of its own. */
async function fill(columns: (sdk: TablestoreSdk) => readonly Column[]) {
  const { store, prefix } = await openTablestoreStore(server);
  const sdk = await loadSdk();
  const { endpoint, account } = server;
  const { instance, ...key } = account;
  const client = new sdk.Client({
    ...key,
    endpoint,
    instancename: instance,
    maxRetries: 0,
    httpOptions: { timeout: 3_000, maxSockets: Number.POSITIVE_INFINITY },
  });
  const tableName = `${prefix}device_table`;
  await client.makeRequest('putRow', {
    tableName,
    primaryKey: [{ deviceId: 'SN1' }],
    condition: new sdk.Condition(sdk.RowExistenceExpectation.EXPECT_NOT_EXIST),
    attributeColumns: columns(sdk),
  });
  const held = () => {
    const rows = [...(server.tables.get(tableName)?.rows.values() ?? [])];
    return rows.map(({ primaryKey, columns }) => ({ primaryKey, ...Object.fromEntries(columns) }));
  };
  return { table: store.table('device_table'), held };
}

describe('device_table in Tablestore', () => {
  const key = { partition: 'SN1' };

  test('has the options and the key of the manual', async () => {
    const { prefix } = await openTablestoreStore(server);
    const { keyNames, options } = server.tables.get(`${prefix}device_table`) ?? {};
    expect(keyNames).toEqual(['deviceId']);
    expect(options).toEqual({ timeToLive: -1, maxVersions: 1, maxTimeDeviation: 86_400 });
  });

  test('serves a row that another program has written, and keeps the columns it added', async () => {
    const { table, held } = await fill(() => [{ productKey: 'a1TestProd01' }, { shelf: 'B7' }]);
    const empty = { registerTime: null, activateTime: null, deviceName: null, iotId: null };
    expect(await table.read(key)).toEqual({
      value: { ...empty, productKey: 'a1TestProd01', deviceSecret: null },
      version: 0,
    });
    expect(await table.insert(key, CERTIFICATE)).toBe(false);
    expect(await table.replace(key, CERTIFICATE, 0)).toBe(true);
    expect(held()).toEqual([
      {
        primaryKey: ['SN1'],
        registerTime: 1_700_000_000_000n,
        productKey: 'a1TestProd01',
        deviceName: 'tank-1',
        deviceSecret: 'AQ…',
        iotId: 'iot1',
        shelf: 'B7',
        version: BigInt((await table.read(key))?.version ?? 0),
      },
    ]);
  });

  test('takes the columns away that become null', async () => {
    const { table, held } = await fill((sdk) => [
      { activateTime: sdk.Long.fromNumber(1) },
      { deviceSecret: 'plain' },
    ]);
    const value = { ...CERTIFICATE, deviceSecret: null };
    expect(await table.replace(key, value, 0)).toBe(true);
    expect((await table.read(key))?.value).toEqual(value);
    expect(Object.keys(held()[0] ?? {})).not.toContain('deviceSecret');
  });

  test('reads times that another program wrote as DOUBLE', async () => {
    const { table } = await fill(() => [{ registerTime: 1_700_000_000_000 }]);
    expect((await table.read(key))?.value.registerTime).toBe(1_700_000_000_000);
  });

  test('lets one of 50 take over a row without a version', async () => {
    const { table } = await fill(() => [{ productKey: 'a1TestProd01' }]);
    const takes = Array.from({ length: 50 }, () => table.replace(key, CERTIFICATE, 0));
    expect((await Promise.all(takes)).filter(Boolean)).toHaveLength(1);
    expect(await table.remove(key, 0)).toBe(false);
  });

  test('refuses to guess at a column of another type', async () => {
    const { table } = await fill(() => [{ deviceName: true }]);
    const message = 'deviceName in device_table is neither a string nor a number';
    await expect(table.read(key)).rejects.toThrow(message);
  });

  test('refuses a version that is not one', async () => {
    const { table } = await fill(() => [{ version: '1.0' }]);
    await expect(table.read(key)).rejects.toThrow('the column version is not an INTEGER');
  });

  test('has no sort key and no empty partition', async () => {
    const table = (await openTablestoreStore(server)).store.table('device_table');
    await expect(table.read({ partition: 'SN1', sort: 's' })).rejects.toThrow(RangeError);
    await expect(table.insert({ partition: '' }, CERTIFICATE)).rejects.toThrow(RangeError);
  });
});

describe('a table of JSON in Tablestore', () => {
  test('is laid out as docs/storage-schema.md says', async () => {
    const { store, prefix } = await openTablestoreStore(server);
    const table = store.table('seen');
    await table.insert({ partition: '品' }, { seenAtMs: 1 }, { expiresAtMs: 1_500 });
    const held = server.tables.get(`${prefix}seen`);
    expect(held?.keyNames).toEqual(['partition', 'sort']);
    const rows = [...(held?.rows.values() ?? [])];
    expect(rows.map(({ primaryKey }) => primaryKey)).toEqual([['#品', '#']]);
    expect(Object.fromEntries(rows[0]?.columns ?? [])).toEqual({
      value: '{"seenAtMs":1}',
      version: BigInt((await table.read({ partition: '品' }))?.version ?? 0),
      expiresAtMs: 1_500n,
    });
  });

  test('is kept for good, but where every record expires', async () => {
    const { prefix } = await openTablestoreStore(server);
    const optionsOf = (name: string) => server.tables.get(prefix + name)?.options;
    const kept = { maxVersions: 1, maxTimeDeviation: 86_400 };
    expect(optionsOf('devices')).toEqual({ timeToLive: -1, ...kept });
    expect(optionsOf('property_history')).toEqual({ timeToLive: 32 * 86_400, ...kept });
  });

  test('goes on where a call of the service ends early', async () => {
    const { store } = await openTablestoreStore(server);
    const table = store.table('seen');
    const sorts = Array.from({ length: 20 }, (_, index) => `s${index + 10}`);
    for (const sort of sorts) await table.insert({ partition: 'p', sort }, { seenAtMs: 1 });
    const whole = await table.list('p', { limit: 100 });
    expect(whole.records.map(({ sort }) => sort)).toEqual(sorts);
    const range = { from: 's11', to: 's28', descending: true, limit: 7 };
    const page = await table.list('p', { ...range, cursor: 's25' });
    const listed = page.records.map(({ sort }) => sort);
    expect(listed).toEqual(['s24', 's23', 's22', 's21', 's20', 's19', 's18']);
    expect(page.cursor).toBe('s18');
  });

  test('takes no record above 2 MB, and says so', async () => {
    const { store } = await openTablestoreStore(server);
    const record = { productKey: 'x'.repeat(2_100_000), deviceName: 'tank-1' };
    const inserting = store.table('device_ids').insert({ partition: 'p' }, record);
    await expect(inserting).rejects.toThrow(
      'is larger than the 2097152 bytes that Tablestore takes',
    );
  });

  test('says how to make a table that is missing', async () => {
    const { store, prefix } = await openTablestoreStore(server);
    const held = server.tables as Map<string, unknown>;
    held.delete(`${prefix}seen`);
    const hint = `no table ${prefix}seen: mooring tables create --store tablestore makes it`;
    const table = store.table('seen');
    await expect(table.read({ partition: 'p' })).rejects.toThrow(hint);
    await expect(table.insert({ partition: 'p' }, { seenAtMs: 1 })).rejects.toThrow(hint);
    await expect(table.list('p', { limit: 1 })).rejects.toThrow(hint);
  });

  test('answers nothing once its store is closed', async () => {
    const { store } = await openTablestoreStore(server);
    await store.close();
    await expect(store.table('seen').read({ partition: 'p' })).rejects.toThrow('closed');
  });
});

describe('createTablestoreTables', () => {
  test('makes what is missing and changes nothing the second time', async () => {
    const states: string[] = [];
    const create = () =>
      createTablestoreTables({ ...clientOptions(server), prefix: 'twice_' }, (table) =>
        states.push(`${table.tableName} ${table.created}`),
      );
    await create();
    expect(states).toContain('twice_devices true');
    expect(states).toContain('twice_device_table true');
    const made = states.splice(0);
    await create();
    expect(states).toEqual(made.map((line) => line.replace('true', 'false')));
  });

  test('refuses a table that has another key', async () => {
    const held = server.tables as Map<string, unknown>;
    const options = { timeToLive: -1, maxVersions: 1, maxTimeDeviation: 86_400 };
    held.set('foreign_devices', { keyNames: ['id'], options, rows: new Map() });
    onTestFinished(() => {
      held.delete('foreign_devices');
    });
    const creating = createTablestoreTables({ ...clientOptions(server), prefix: 'foreign_' });
    await expect(creating).rejects.toThrow(
      'table foreign_devices has the key id STRING, not partition STRING, sort STRING',
    );
  });
});
