import { randomBytes } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import {
  openRowSecret,
  readRow,
  saveCertificate,
} from '../../../../../shared/core/certificates/certificate-records.ts';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import { resealSecrets } from '../../../../../shared/core/sealing/reseal.ts';
import { createSealing, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import { addRow, createCertificateProduct } from '../../../../support/certificate.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';

const CERTIFICATES = 300;
const OLD = randomBytes(32);
const NEW = randomBytes(32);
const onlyOld = createSealing(createKeyRing([OLD]), randomBytes);
const both = createSealing(createKeyRing([NEW, OLD]), randomBytes);
const onlyNew = createSealing(createKeyRing([NEW]), randomBytes);

let parts: MemoryParts;
let productKey: string;

beforeEach(async () => {
  parts = { ...createMemoryParts(), sealing: onlyOld };
  productKey = (await createCertificateProduct(parts)).productKey;
  for (let index = 0; index < CERTIFICATES; index += 1) {
    const name = { productKey, deviceName: `lamp-${index}`, iotId: `iotId${index}` };
    const entry = { ...name, deviceSecret: `secret-${index}`, registerTimeMs: 1 };
    await saveCertificate({ ...entry, deviceId: `SN-${index}` }, parts);
  }
});

const reseal = (sealing = both) =>
  resealSecrets({ store: parts.store, sealing, onProgress: () => undefined });

async function secretOf(deviceId: string): Promise<string> {
  const found = await readRow(deviceId, parts.store);
  return openRowSecret(found?.value.deviceSecret ?? '', deviceId, onlyNew);
}

test('every certificate opens with the new key alone after a rotation', async () => {
  expect(await reseal()).toEqual({ sealed: CERTIFICATES + 1, current: 0 });
  for (let index = 0; index < CERTIFICATES; index += 1) {
    expect(await secretOf(`SN-${index}`)).toBe(`secret-${index}`);
  }
  expect(await reseal()).toEqual({ sealed: 0, current: CERTIFICATES + 1 });
});

test('a rotation seals a plain secret that it meets, and passes over an id without a certificate', async () => {
  const ids = parts.store.table('certificate_ids');
  for (const sort of ['plain', 'empty', 'gone'])
    await ids.insert({ partition: productKey, sort }, {});
  await addRow('plain', { productKey, deviceName: 'p', deviceSecret: 'plain-secret' }, parts);
  await addRow('empty', { productKey }, parts);
  expect(await reseal()).toEqual({ sealed: CERTIFICATES + 2, current: 0 });
  expect((await readRow('plain', parts.store))?.value.deviceSecret).not.toBe('plain-secret');
  expect(await secretOf('plain')).toBe('plain-secret');
});

test('a rotation ends at a certificate that no key opens', async () => {
  await reseal();
  const others = createSealing(createKeyRing([randomBytes(32), NEW]), randomBytes);
  const table = parts.store.table('device_table');
  const found = await table.read({ partition: 'SN-7' });
  if (!found) throw new Error('there is no such row');
  const deviceSecret = onlyOld.seal('lost', 'certificate/SN-7');
  await table.replace({ partition: 'SN-7' }, { ...found.value, deviceSecret }, found.version);
  await expect(reseal(others)).rejects.toThrow(SealError);
});
