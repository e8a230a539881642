import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { openFunctionStore } from '../../shared/adapters/tablestore/function-store.ts';
import { createTablestoreStore } from '../../shared/adapters/tablestore/tablestore-store.ts';
import { startTablestoreServer } from '../support/tablestore-server.ts';
import { clientOptions, openTablestoreStore } from '../support/tablestore-store.ts';

const server = await startTablestoreServer();
afterAll(() => server.stop());
afterEach(() => {
  server.faults.splice(0);
});

const KEY = { partition: 'p' };
const RECORD = { seenAtMs: 1 };

async function openTable() {
  const { store } = await openTablestoreStore(server);
  const table = store.table('seen');
  server.operations.splice(0);
  return table;
}

describe('a fault of the service', () => {
  test.each(['OTSRowOperationConflict', 'OTSServerBusy', 'OTSPartitionUnavailable'])(
    'that is called %s is waited out, by writes too',
    async (code) => {
      const table = await openTable();
      server.faults.push({ status: 503, code }, { status: 503, code });
      expect(await table.insert(KEY, RECORD)).toBe(true);
      expect(server.operations).toEqual(['PutRow', 'PutRow', 'PutRow']);
    },
  );

  test('that does not end is told with its code', async () => {
    const table = await openTable();
    const fault = { status: 503, code: 'OTSServerUnavailable' };
    server.faults.push(fault, fault, fault);
    await expect(table.read(KEY)).rejects.toThrow('getRow failed with OTSServerUnavailable');
    expect(server.operations).toEqual(['GetRow', 'GetRow', 'GetRow']);
  });

  test('that no repeat mends is told at once', async () => {
    const table = await openTable();
    server.faults.push({ status: 400, code: 'OTSParameterInvalid' });
    await expect(table.insert(KEY, RECORD)).rejects.toThrow(
      'putRow failed with OTSParameterInvalid',
    );
    expect(server.operations).toEqual(['PutRow']);
  });

  test('in an answer that breaks off is survived', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    server.faults.push('broken');
    expect((await table.read(KEY))?.value).toEqual(RECORD);
  });

  test('that is a server which is not there is told without a wait for ever', async () => {
    const gone = await startTablestoreServer();
    const store = createTablestoreStore({ ...clientOptions(gone), prefix: '', nowMs: () => 0 });
    onTestFinished(() => store.close());
    await gone.stop();
    await expect(store.table('seen').read(KEY)).rejects.toThrow(/NetworkingError, .*ECONNREFUSED/);
  });
});

describe('a write whose answer is lost', () => {
  test('is known as its own', async () => {
    const table = await openTable();
    server.faults.push('lost');
    expect(await table.insert(KEY, RECORD)).toBe(true);
    const version = (await table.read(KEY))?.version ?? 0;
    server.faults.push('lost');
    expect(await table.replace(KEY, { seenAtMs: 2 }, version)).toBe(true);
    expect((await table.read(KEY))?.value).toEqual({ seenAtMs: 2 });
    server.faults.push('lost');
    expect(await table.remove(KEY)).toBe(true);
    expect(server.faults).toEqual([]);
  });

  test('is known as refused where another stood before it', async () => {
    const table = await openTable();
    await table.insert(KEY, RECORD);
    server.faults.push('lost');
    expect(await table.insert(KEY, { seenAtMs: 2 })).toBe(false);
    expect((await table.read(KEY))?.value).toEqual(RECORD);
    expect(server.faults).toEqual([]);
  });

  test('rejects when every answer is lost', async () => {
    const table = await openTable();
    server.faults.push('lost', 'lost', 'lost');
    await expect(table.insert(KEY, RECORD)).rejects.toThrow('NetworkingError');
  });
});

describe('credentials', () => {
  test('that are wrong are refused, and not in the message', async () => {
    const { credentials, ...options } = clientOptions(server);
    const accessKeySecret = 'a-wrong-secret-of-the-test';
    const wrong = { ...credentials(), accessKeySecret };
    const store = createTablestoreStore({
      ...options,
      credentials: () => wrong,
      prefix: '',
      nowMs: () => 0,
    });
    onTestFinished(() => store.close());
    const fault = await store.table('seen').read(KEY).catch(String);
    expect(fault).toMatch(/^TablestoreError: Tablestore: getRow failed with OTSAuthFailed/);
    expect(fault).not.toContain(accessKeySecret);
    expect(fault).not.toContain(wrong.accessKeyId);
  });

  test('that change are used from the next call on, with their token', async () => {
    const { credentials, ...options } = clientOptions(server);
    const { prefix } = await openTablestoreStore(server);
    let current: ReturnType<typeof credentials> = credentials();
    const store = createTablestoreStore({
      ...options,
      credentials: () => current,
      prefix,
      nowMs: () => 0,
    });
    onTestFinished(() => store.close());
    const table = store.table('seen');
    expect(await table.read(KEY)).toBeUndefined();
    const renewed = { accessKeyId: 'STS.2', accessKeySecret: 'renewed', securityToken: 'token-2' };
    const before = { ...server.account };
    Object.assign(server.account, renewed);
    onTestFinished(() => {
      delete server.account.securityToken;
      Object.assign(server.account, before);
    });
    await expect(table.read(KEY)).rejects.toThrow('OTSAuthFailed');
    current = renewed;
    expect(await table.read(KEY)).toBeUndefined();
  });
});

describe('openFunctionStore of Tablestore', () => {
  const nowMs = () => 0;

  test('names every variable that is missing', () => {
    const tables = { prefix: '', tablestore: {} };
    const { credentials } = clientOptions(server);
    expect(() => openFunctionStore({ tables, credentials, nowMs })).toThrow(
      'the store is Tablestore, but the environment has no MOORING_TABLESTORE_ENDPOINT, MOORING_TABLESTORE_INSTANCE',
    );
  });

  test('opens with the credentials that it is given', async () => {
    const { prefix } = await openTablestoreStore(server);
    const { credentials, ...tablestore } = clientOptions(server);
    const store = openFunctionStore({ tables: { prefix, tablestore }, credentials, nowMs });
    onTestFinished(() => store.close());
    expect(await store.table('seen').insert(KEY, RECORD)).toBe(true);
  });
});
