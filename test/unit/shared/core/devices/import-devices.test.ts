import { beforeEach, describe, expect, test } from 'vitest';
import {
  openRowSecret,
  readRow,
  saveCertificate,
} from '../../../../../shared/core/certificates/certificate-records.ts';
import { deleteDevice } from '../../../../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import {
  countImported,
  type ImportedLine,
  type ImportParts,
  importDevices,
} from '../../../../../shared/core/devices/import-devices.ts';
import { deleteProduct } from '../../../../../shared/core/products/change-product.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { failInserts, interceptStore } from '../../../../support/intercepted-store.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import {
  accepted,
  createTestProduct,
  registerTestDevice,
  type TestDevice,
} from '../../../../support/test-device.ts';

let parts: ImportParts;
let standing: TestDevice;

beforeEach(async () => {
  const memory = createMemoryParts();
  standing = await registerTestDevice(memory);
  parts = { ...memory, importId: 'first' };
});

const lineOf = (line: number, deviceName: string, more: Partial<ImportedLine> = {}) => ({
  line,
  productKey: standing.productKey,
  deviceName,
  nickname: '',
  ...more,
});

/** Of each line `ok` or the kind of the refusal. */
async function outcomes(lines: readonly ImportedLine[], importId = 'first'): Promise<string[]> {
  const results = await importDevices(lines, { ...parts, importId });
  return results.map((result) => (result.ok ? 'ok' : result.failure.kind));
}

describe('importDevices', () => {
  test('registers devices with their nickname, findable by name and iotId, and keeps a given secret', async () => {
    const lines = [
      lineOf(2, 'lamp-1', { nickname: '客厅' }),
      lineOf(3, 'lamp-2', { deviceSecret: 'k'.repeat(64) }),
    ];
    const results = await importDevices(lines, parts);
    const devices = results.flatMap((result) => (result.ok ? [result.value] : []));
    expect(devices).toMatchObject([
      { deviceName: 'lamp-1', nickname: '客厅', status: 'UNACTIVE', activatedAtMs: null },
      { deviceName: 'lamp-2', nickname: '' },
    ]);
    const secrets = devices.map((device) => openDeviceSecret(device, parts.sealing));
    expect(secrets).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), 'k'.repeat(64)]);
    for (const device of devices) {
      expect(device.iotId).toMatch(/^[A-Za-z0-9]{32}$/);
      const found = await findDevice({ iotId: device.iotId }, parts.store);
      expect(found).toEqual({ ok: true, value: device });
    }
  });

  test('takes the lines of the same import that come again as registered, and leaves their devices as they are', async () => {
    const lines = [lineOf(2, 'lamp-1'), lineOf(3, 'lamp-2', { deviceId: 'SN-2' })];
    const first = await importDevices(lines, parts);
    const row = await readRow('SN-2', parts.store);
    expect(await importDevices(lines, parts)).toEqual(first);
    expect(await readRow('SN-2', parts.store)).toEqual(row);
  });

  test('writes what a kill behind the device has left out', async () => {
    const line = lineOf(2, 'lamp-1', { deviceId: 'SN-1' });
    const [first] = await importDevices([line], parts);
    if (!first?.ok) throw new Error('refused');
    const { store, sealing } = parts;
    await store.table('device_ids').remove({ partition: first.value.iotId });
    await store.table('device_table').remove({ partition: 'SN-1' });
    expect(await outcomes([line])).toEqual(['ok']);
    expect(await findDevice({ iotId: first.value.iotId }, store)).toMatchObject({ ok: true });
    const row = await readRow('SN-1', store);
    expect(openRowSecret(row?.value.deviceSecret ?? '', 'SN-1', sealing)).toBe(
      openDeviceSecret(first.value, sealing),
    );
  });

  test('refuses a name that another line, another import or anybody else has taken', async () => {
    const { deviceName } = standing;
    expect(
      await outcomes([lineOf(2, 'lamp-1'), lineOf(3, 'lamp-1'), lineOf(4, deviceName)]),
    ).toEqual(['ok', 'device-exists', 'device-exists']);
    expect(await outcomes([lineOf(3, 'lamp-1')])).toEqual(['device-exists']);
    expect(await outcomes([lineOf(2, 'lamp-1')], 'second')).toEqual(['device-exists']);
  });

  test('registers a device that was deleted since under a new iotId in another import', async () => {
    const [before] = await importDevices([lineOf(2, 'lamp-1')], parts);
    await deleteDevice(lineOf(2, 'lamp-1'), parts);
    const [after] = await importDevices([lineOf(2, 'lamp-1')], { ...parts, importId: 'second' });
    if (!before?.ok || !after?.ok) throw new Error('refused');
    expect(after.value.iotId).not.toBe(before.value.iotId);
    expect(after.value.generation).not.toBe(before.value.generation);
  });

  test('refuses a product that there is not', async () => {
    expect(await outcomes([lineOf(2, 'lamp-1', { productKey: 'nope' })])).toEqual([
      'unknown-product',
    ]);
  });

  test('refuses names and nicknames as RegisterDevice does, and a product key that can be none', async () => {
    const lines = [
      lineOf(2, 'la'),
      lineOf(3, 'lamp-1', { nickname: 'abc' }),
      lineOf(4, 'lamp-2', { nickname: '灯'.repeat(33) }),
      lineOf(5, 'lamp-3', { productKey: 'x'.repeat(3000) }),
      lineOf(6, 'lamp-4', { productKey: 'a\u0000b' }),
      lineOf(7, 'lamp-5', { nickname: '客厅' }),
    ];
    expect(await outcomes(lines)).toEqual([
      'invalid-parameter',
      'invalid-parameter',
      'invalid-parameter',
      'unknown-product',
      'unknown-product',
      'ok',
    ]);
  });

  test('reads a product twice however many lines name it', async () => {
    const read: string[] = [];
    const store = interceptStore(parts.store, ({ table, verb, key }) => {
      if (table === 'products' && verb === 'read') read.push(key.sort ?? '');
    });
    const lines = Array.from({ length: 100 }, (_, at) => lineOf(at + 2, `lamp-${at}`));
    await importDevices(lines, { ...parts, store });
    expect(read).toEqual([standing.productKey, standing.productKey]);
  });

  test('leaves no device of a product that is deleted meanwhile', async () => {
    const { productKey } = await createTestProduct(parts);
    let deletion: Promise<unknown> | undefined;
    const store = interceptStore(parts.store, async ({ table }) => {
      if (table !== 'devices') return;
      deletion ??= deleteProduct(productKey, parts.store).then(accepted);
      await deletion;
    });
    const lines = [
      lineOf(2, 'lamp-1', { productKey, deviceId: 'SN-1' }),
      lineOf(3, 'lamp-2', { productKey }),
      lineOf(4, 'lamp-3'),
    ];
    const results = await importDevices(lines, { ...parts, store });
    const gone = { ok: false, failure: { kind: 'unknown-product', productKey } };
    expect(results).toMatchObject([gone, gone, { ok: true }]);
    for (const line of lines.slice(0, 2)) {
      expect(await findDevice(line, parts.store)).toMatchObject({ ok: false });
    }
    expect(await readRow('SN-1', parts.store)).toBeUndefined();
  });

  test('seals the certificate of a deviceId into device_table', async () => {
    const [result] = await importDevices([lineOf(2, 'lamp-1', { deviceId: 'SN-1' })], parts);
    if (!result?.ok) throw new Error('refused');
    const { productKey, deviceName, iotId, createdAtMs } = result.value;
    const row = await readRow('SN-1', parts.store);
    const expected = {
      productKey,
      deviceName,
      iotId,
      registerTime: createdAtMs,
      activateTime: null,
    };
    expect(row?.value).toMatchObject(expected);
    const secret = openDeviceSecret(result.value, parts.sealing);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(openRowSecret(row?.value.deviceSecret ?? '', 'SN-1', parts.sealing)).toBe(secret);
  });

  test('leaves no device behind for a deviceId that has a certificate, not even after a race', async () => {
    const lines = [
      lineOf(2, 'lamp-1', { deviceId: 'SN-1' }),
      lineOf(3, 'lamp-2', { deviceId: 'SN-1' }),
    ];
    expect(await outcomes(lines)).toEqual(['ok', 'invalid-parameter']);
    expect(await outcomes([lineOf(4, 'lamp-3', { deviceId: 'SN-1' })])).toEqual([
      'invalid-parameter',
    ]);
    for (const deviceName of ['lamp-2', 'lamp-3']) {
      expect(await findDevice(lineOf(0, deviceName), parts.store)).toMatchObject({ ok: false });
    }
  });

  test('takes back what a kill has left of a line whose deviceId got a certificate since', async () => {
    const line = lineOf(2, 'lamp-1', { deviceId: 'SN-1' });
    const dying = { ...parts, store: failInserts(parts.store, 'device_table', 0) };
    await expect(importDevices([line], dying)).rejects.toThrow('gone');
    expect(await findDevice(line, parts.store)).toMatchObject({ ok: true });
    const { iotId, productKey, deviceName } = standing;
    const entry = { deviceId: 'SN-1', productKey, deviceName, iotId, deviceSecret: 'theirs' };
    await saveCertificate({ ...entry, registerTimeMs: 1 }, parts);
    expect(await outcomes([line])).toEqual(['invalid-parameter']);
    expect(await findDevice(line, parts.store)).toMatchObject({ ok: false });
  });

  test('leaves a device alone that somebody else has under the name of a refused line', async () => {
    const { iotId, productKey, deviceName, deviceSecret } = standing;
    const entry = { deviceId: 'SN-1', productKey, deviceName, iotId, deviceSecret };
    await saveCertificate({ ...entry, registerTimeMs: 1 }, parts);
    const line = lineOf(2, deviceName, { deviceId: 'SN-1' });
    expect(await outcomes([line])).toEqual(['invalid-parameter']);
    expect(await findDevice(standing, parts.store)).toMatchObject({ ok: true, value: { iotId } });
  });

  test('leaves a row alone that its owner has filled for another name', async () => {
    const { iotId, productKey, deviceName } = standing;
    const entry = { deviceId: 'SN-9', productKey, deviceName, iotId, deviceSecret: 'theirs' };
    await saveCertificate({ ...entry, registerTimeMs: 1 }, parts);
    const before = await readRow('SN-9', parts.store);
    expect(await outcomes([lineOf(2, 'lamp-1', { deviceId: 'SN-9' })])).toEqual([
      'invalid-parameter',
    ]);
    expect(await readRow('SN-9', parts.store)).toEqual(before);
  });
});

describe('countImported', () => {
  test('adds an import to the count of the product, however often it is told', async () => {
    const { productKey } = standing;
    await countImported(productKey, 2, parts);
    await countImported(productKey, 2, parts);
    expect(await countDevicesOf(productKey, parts.store)).toBe(3);
    await countImported(productKey, 5, { ...parts, importId: 'second' });
    expect(await countDevicesOf(productKey, parts.store)).toBe(8);
  });
});
