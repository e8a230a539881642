import { expect, test } from 'vitest';
import type { CertificateRecord } from '../../shared/model/tables.ts';
import { CERTIFICATE, type OpenStore } from './table-fixture.ts';

/** Stores that have columns keep this table in another layout. */
export function describeColumns(openStore: OpenStore): void {
  const key = { partition: 'SN-设备-1' };
  const known: CertificateRecord = {
    registerTime: null,
    activateTime: null,
    productKey: 'a1TestProd01',
    deviceName: null,
    deviceSecret: null,
    iotId: null,
  };
  const registered = { ...CERTIFICATE, activateTime: 1_700_000_000_001, iotId: '' };

  test('keeps every column of device_table, the absent ones as null', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    expect(await table.insert(key, known)).toBe(true);
    expect(await table.insert(key, registered)).toBe(false);
    expect((await table.read(key))?.value).toEqual(known);
    expect(await table.replace(key, registered, (await table.read(key))?.version ?? 0)).toBe(true);
    expect((await table.read(key))?.value).toEqual(registered);
  });

  test('replaces and removes in device_table on its version alone', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    await table.insert(key, registered);
    const first = (await table.read(key))?.version ?? 0;
    expect(await table.replace(key, known, first)).toBe(true);
    expect((await table.read(key))?.value).toEqual(known);
    expect(await table.replace(key, registered, first)).toBe(false);
    expect(await table.remove(key, first)).toBe(false);
    expect(await table.remove(key, (await table.read(key))?.version)).toBe(true);
    expect(await table.read(key)).toBeUndefined();
  });

  test('lists the one record of a partition of device_table', async () => {
    const table = (await openStore(() => 0)).table('device_table');
    await table.insert(key, known);
    const { records, cursor } = await table.list(key.partition, { limit: 10 });
    expect(records).toEqual([{ sort: '', ...(await table.read(key)) }]);
    expect(cursor).toBeUndefined();
    expect(await table.list('SN-2', { limit: 10 })).toEqual({ records: [] });
  });
}
