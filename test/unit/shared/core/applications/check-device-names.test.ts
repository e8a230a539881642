import { describe, expect, test } from 'vitest';
import { findApplication } from '../../../../../shared/core/applications/applications.ts';
import {
  checkDeviceNames,
  type WantedName,
} from '../../../../../shared/core/applications/check-device-names.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import {
  accepted,
  createTestProduct,
  registerTestDevice,
} from '../../../../support/test-device.ts';

async function openRegistry() {
  const registry = createMemoryParts();
  const { productKey } = await createTestProduct(registry);
  return { registry, productKey };
}

const plain = (...names: readonly string[]): WantedName[] =>
  names.map((deviceName) => ({ deviceName, nickname: '' }));

async function checkedWith(wanted: readonly WantedName[], taken: readonly string[] = []) {
  const { registry, productKey } = await openRegistry();
  for (const deviceName of taken) await registerTestDevice(registry, { productKey, deviceName });
  const checked = accepted(await checkDeviceNames(productKey, wanted, registry));
  const stored = accepted(await findApplication(checked, registry.store)).value;
  return { checked, stored, productKey };
}

describe('checkDeviceNames', () => {
  test('sets good names aside, each with an iotId of its own', async () => {
    const wanted = [...plain('dev_1', 'A-z_0@9.:'), { deviceName: 'dev_2', nickname: '客厅' }];
    const { checked, stored, productKey } = await checkedWith(wanted);
    expect(checked).toEqual({
      applyId: expect.any(Number),
      invalidDeviceNames: [],
      invalidNicknames: [],
    });
    expect(stored).toEqual({
      productKey,
      status: 'checked',
      devices: wanted.map((device) => ({
        ...device,
        iotId: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      })),
      invalidDeviceNames: [],
      createdAtMs: START_MS,
    });
    expect(new Set(stored.devices.map(({ iotId }) => iotId)).size).toBe(3);
  });

  test('names what is malformed, repeated or taken, each once and in order', async () => {
    const wanted = plain('dev_1', 'no', 'taken', 'dev_2', 'dev_1', 'dev_1', 'dev 3', 'no');
    const { checked, stored } = await checkedWith(wanted, ['taken']);
    expect(checked.invalidDeviceNames).toEqual(['no', 'taken', 'dev_1', 'dev 3']);
    expect(stored.invalidDeviceNames).toEqual(['no', 'taken', 'dev_1', 'dev 3']);
    expect(stored.devices).toMatchObject(plain('dev_2'));
  });

  test('finds a taken name in whichever group it is read', async () => {
    const names = Array.from({ length: 250 }, (_, at) => `dev_${at}`);
    const { checked } = await checkedWith(plain(...names), ['dev_0', 'dev_100', 'dev_249']);
    expect(checked.invalidDeviceNames).toEqual(['dev_0', 'dev_100', 'dev_249']);
  });

  test.each([
    { nickname: 'abcd', valid: true },
    { nickname: '客厅', valid: true },
    { nickname: 'x'.repeat(64), valid: true },
    { nickname: '名'.repeat(32), valid: true },
    { nickname: 'abc', valid: false },
    { nickname: '客', valid: false },
    { nickname: 'x'.repeat(65), valid: false },
    { nickname: '名'.repeat(33), valid: false },
  ])('takes the nickname $nickname: $valid', async ({ nickname, valid }) => {
    const { checked, stored } = await checkedWith([{ deviceName: 'dev_1', nickname }]);
    expect(checked.invalidDeviceNames).toEqual([]);
    expect(checked.invalidNicknames).toEqual(valid ? [] : [nickname]);
    expect(stored.devices).toHaveLength(valid ? 1 : 0);
    expect(stored.invalidDeviceNames).toEqual(valid ? [] : ['dev_1']);
  });

  test('answers a long malformed name in full and keeps its beginning', async () => {
    const long = 'x'.repeat(100_000);
    const { checked, stored } = await checkedWith(plain(long));
    expect(checked.invalidDeviceNames).toEqual([long]);
    expect(stored.invalidDeviceNames).toEqual(['x'.repeat(64)]);
  });

  test('stays below what a record of a store may have, at its worst', async () => {
    const nickname = '\u0800'.repeat(64);
    const good = Array.from({ length: 1000 }, (_, at) => ({
      deviceName: `${at}`.padStart(32, 'd'),
      nickname,
    }));
    const bad = plain(...Array.from({ length: 1000 }, (_, at) => `${at}${'\u0800'.repeat(64)}`));
    for (const wanted of [good, bad]) {
      const { stored } = await checkedWith(wanted);
      expect(Buffer.byteLength(JSON.stringify(stored))).toBeLessThan(400_000);
    }
  });

  test('refuses an unknown product', async () => {
    const { registry } = await openRegistry();
    expect(await checkDeviceNames('a1Nowhere00', plain('dev_1'), registry)).toEqual({
      ok: false,
      failure: { kind: 'unknown-product', productKey: 'a1Nowhere00' },
    });
  });
});
