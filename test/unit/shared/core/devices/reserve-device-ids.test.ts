import { beforeEach, describe, expect, test } from 'vitest';
import {
  readRow,
  saveCertificate,
} from '../../../../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import {
  type ReservedLine,
  reserveDeviceIds,
} from '../../../../../shared/core/devices/reserve-device-ids.ts';
import { addRow } from '../../../../support/certificate.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { createTestProduct } from '../../../../support/test-device.ts';

const SINCE_MS = 1_700_000_000_000;

let parts: MemoryParts;
let productKey: string;

beforeEach(async () => {
  parts = createMemoryParts();
  ({ productKey } = await createTestProduct(parts));
});

const lineOf = (deviceId: string, more: Partial<ReservedLine> = {}): ReservedLine => ({
  deviceId,
  deviceName: deviceId,
  productKey,
  ...more,
});

/** Of each line `ok` or why it is refused. */
async function outcomes(...lines: ReservedLine[]): Promise<string[]> {
  const results = await reserveDeviceIds(lines, { store: parts.store, sinceMs: SINCE_MS });
  return results.map((result) => {
    if (result.ok) return 'ok';
    const { failure } = result;
    return failure.kind === 'invalid-parameter' ? failure.reason : failure.kind;
  });
}

function addCertificate(deviceId: string, registerTimeMs: number) {
  const secret = { deviceSecret: 'theirs', iotId: 'iot' };
  const entry = { deviceId, productKey, deviceName: deviceId, ...secret, registerTimeMs };
  return saveCertificate(entry, parts);
}

describe('reserveDeviceIds', () => {
  test('writes a row without a certificate, and no device', async () => {
    expect(await outcomes(lineOf('SN-1'), lineOf('SN-2', { deviceName: 'lamp-2' }))).toEqual([
      'ok',
      'ok',
    ]);
    expect((await readRow('SN-2', parts.store))?.value).toEqual({
      productKey,
      deviceName: 'lamp-2',
      deviceSecret: null,
      iotId: null,
      registerTime: null,
      activateTime: null,
    });
    const found = await findDevice({ productKey, deviceName: 'SN-1' }, parts.store);
    expect(found).toMatchObject({ ok: false });
  });

  test('takes what comes again as noted, also where the device has got its certificate since', async () => {
    await outcomes(lineOf('SN-1'));
    expect(await outcomes(lineOf('SN-1'))).toEqual(['ok']);
    await addCertificate('SN-1', SINCE_MS);
    expect(await outcomes(lineOf('SN-1'))).toEqual(['ok']);
    await addRow('SN-2', { productKey }, parts);
    expect(await outcomes(lineOf('SN-2'))).toEqual(['ok']);
  });

  test('refuses what has a certificate, is noted otherwise, has no deviceId or no product', async () => {
    await addCertificate('SN-1', SINCE_MS - 1);
    await addRow('SN-2', { productKey: 'other' }, parts);
    await addRow('SN-3', { productKey, deviceName: 'lamp-3' }, parts);
    await addCertificate('SN-4', SINCE_MS);
    const before = await readRow('SN-1', parts.store);
    expect(
      await outcomes(
        lineOf('SN-1'),
        lineOf('SN-2'),
        lineOf('SN-3'),
        lineOf('SN-4', { deviceName: 'lamp-4' }),
        { productKey, deviceName: 'lamp-5' },
        lineOf('SN-6', { productKey: 'nope' }),
      ),
    ).toEqual([
      'it has a certificate already',
      'it is noted already, for another product or DeviceName',
      'it is noted already, for another product or DeviceName',
      'it is noted already, for another product or DeviceName',
      'it is missing',
      'unknown-product',
    ]);
    expect(await readRow('SN-1', parts.store)).toEqual(before);
    expect(await readRow('SN-6', parts.store)).toBeUndefined();
  });
});
