import { beforeEach, describe, expect, test } from 'vitest';
import { deleteDevice, disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { rebuildDeviceIndexes } from '../../../../../shared/core/devices/device-indexes.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { registerTestDevice, type TestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let device: TestDevice;

beforeEach(async () => {
  parts = createMemoryParts();
  device = await registerTestDevice(parts);
});

describe('rebuildDeviceIndexes', () => {
  test('mends what a crash after the device was written left out', async () => {
    const { store } = parts;
    const { iotId, productKey } = device;
    await store.table('device_ids').remove({ partition: iotId });
    await store.table('product_counts').remove({ partition: productKey, sort: '00' });
    expect(await findDevice({ iotId }, store)).toMatchObject({ ok: false });
    expect(await rebuildDeviceIndexes(productKey, store)).toBe(1);
    expect(await findDevice({ iotId }, store)).toMatchObject({ ok: true, value: { iotId } });
    expect(await countDevicesOf(productKey, store)).toBe(1);
  });

  test('mends the count that a crash after the device was removed left too high', async () => {
    const { store } = parts;
    const { deviceName, productKey } = device;
    await store.table('devices').remove({ partition: productKey, sort: deviceName });
    expect(await countDevicesOf(productKey, store)).toBe(1);
    expect(await rebuildDeviceIndexes(productKey, store)).toBe(0);
    expect(await countDevicesOf(productKey, store)).toBe(0);
  });

  test('counts the devices of one product alone, however many there are', async () => {
    const { productKey } = device;
    for (let number = 0; number < 1001; number += 1) {
      await registerTestDevice(parts, { productKey, deviceName: `device-${number}` });
    }
    const other = await registerTestDevice(parts);
    expect(await rebuildDeviceIndexes(productKey, parts.store)).toBe(1002);
    expect(await countDevicesOf(other.productKey, parts.store)).toBe(1);
  });

  test('changes nothing where nothing is amiss', async () => {
    const { store } = parts;
    const before = await store.table('device_ids').read({ partition: device.iotId });
    await rebuildDeviceIndexes(device.productKey, store);
    expect(await store.table('device_ids').read({ partition: device.iotId })).toEqual(before);
  });
});

describe('an iotId that a crash left behind', () => {
  beforeEach(async () => {
    const { productKey, deviceName } = device;
    await parts.store.table('devices').remove({ partition: productKey, sort: deviceName });
    parts.clock.advance(1);
    await registerTestDevice(parts, { productKey, deviceName });
  });

  test('does not find the device that has taken the name since', async () => {
    const failure = { kind: 'unknown-device', productKey: '', deviceName: '' };
    const found = await findDevice({ iotId: device.iotId }, parts.store);
    expect(found).toEqual({ ok: false, failure });
  });

  test.each([deleteDevice, disableDevice])('does not lead %o to that device', async (change) => {
    const { productKey, deviceName, iotId } = device;
    expect(await change({ iotId }, parts)).toMatchObject({ ok: false });
    const found = await findDevice({ productKey, deviceName }, parts.store);
    expect(found).toMatchObject({ ok: true, value: { status: 'UNACTIVE' } });
  });
});
