import { beforeEach, describe, expect, test } from 'vitest';
import {
  openRowSecret,
  readRow,
  saveCertificate,
} from '../../../../../shared/core/certificates/certificate-records.ts';
import { isSealed, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import { addRow } from '../../../../support/certificate.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';

const ENTRY = {
  deviceId: 'SN-1',
  productKey: 'a1abc',
  deviceName: 'lamp-1',
  deviceSecret: '0f1e2d3c4b5a69788796a5b4c3d2e1f0',
  iotId: 'iotId1',
  registerTimeMs: 1_700_000_000_000,
};

let parts: MemoryParts;
beforeEach(() => {
  parts = createMemoryParts();
});

const row = async () => (await readRow('SN-1', parts.store))?.value;

describe('a certificate that is saved', () => {
  test('is sealed in its row, and in the index of its product', async () => {
    expect(await saveCertificate(ENTRY, parts)).toBe('saved');
    const saved = await row();
    expect(saved).toEqual({
      registerTime: ENTRY.registerTimeMs,
      activateTime: null,
      productKey: 'a1abc',
      deviceName: 'lamp-1',
      deviceSecret: expect.not.stringContaining(ENTRY.deviceSecret),
      iotId: 'iotId1',
    });
    const sealed = saved?.deviceSecret ?? '';
    expect(openRowSecret(sealed, 'SN-1', parts.sealing)).toBe(ENTRY.deviceSecret);
    expect(() => openRowSecret(sealed, 'SN-2', parts.sealing)).toThrow(SealError);
    const { records } = await parts.store.table('certificate_ids').list('a1abc', { limit: 9 });
    expect(records.map(({ sort }) => sort)).toEqual(['SN-1']);
  });

  test('leaves one alone that is there', async () => {
    await saveCertificate(ENTRY, parts);
    const before = await row();
    expect(await saveCertificate({ ...ENTRY, iotId: 'iotId2' }, parts)).toBe('exists');
    expect(await row()).toEqual(before);
  });

  test('fills a row that waits for one', async () => {
    await addRow('SN-1', { productKey: 'a1abc' }, parts);
    expect(await saveCertificate(ENTRY, parts)).toBe('saved');
    expect(await row()).toMatchObject({ deviceName: 'lamp-1', iotId: 'iotId1' });
  });

  test.each([{ productKey: 'a1other' }, { productKey: 'a1abc', deviceName: 'lamp-2' }])(
    'leaves a row alone that waits for another: %j',
    async (waiting) => {
      await addRow('SN-1', waiting, parts);
      expect(await saveCertificate(ENTRY, parts)).toBe('exists');
      expect(await row()).toMatchObject({ ...waiting, deviceSecret: null });
    },
  );

  test('by many at once is saved by one', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => saveCertificate(ENTRY, parts)),
    );
    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
  });
});

describe('a secret of a row', () => {
  test('is taken as it is if it is plain, however it looks', () => {
    for (const secret of ['AQ'.padEnd(32, 'x'), 'f'.repeat(32), 'x']) {
      expect(isSealed(secret)).toBe(false);
      expect(openRowSecret(secret, 'SN-1', parts.sealing)).toBe(secret);
    }
  });

  test('is known as sealed down to the shortest', () => {
    expect(isSealed(parts.sealing.seal('', 'x'))).toBe(true);
  });
});
