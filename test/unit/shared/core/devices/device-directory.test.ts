import { beforeEach, describe, expect, test } from 'vitest';
import { deleteDevice, disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import {
  createDeviceDirectory,
  type DeviceDirectory,
} from '../../../../../shared/core/devices/device-directory.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { registerTestDevice, type TestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let device: TestDevice;
let directory: DeviceDirectory;

beforeEach(async () => {
  parts = createMemoryParts();
  device = await registerTestDevice(parts);
  directory = createDeviceDirectory(parts);
});

const find = () => directory.find(`${device.productKey}/${device.deviceName}`);
const refresh = () => directory.refresh(`${device.productKey}/${device.deviceName}`, parts.nowMs());

describe('the device directory', () => {
  test('gives the record of a device', async () => {
    expect(await find()).toMatchObject({ iotId: device.iotId, status: 'UNACTIVE' });
  });

  test('gives undefined for a device that there is not, and the device once it is there', async () => {
    const { productKey } = device;
    expect(await directory.find(`${productKey}/dev_002`)).toBeUndefined();
    await registerTestDevice(parts, { productKey, deviceName: 'dev_002' });
    expect(await directory.find(`${productKey}/dev_002`)).toMatchObject({ productKey });
  });

  test('shows a change after 10 s', async () => {
    await find();
    await disableDevice(device, parts);
    parts.clock.advance(9_999);
    expect((await find())?.status).toBe('UNACTIVE');
    parts.clock.advance(1);
    expect((await find())?.status).toBe('DISABLED');
  });

  test('shows a change at once to whoever refreshes', async () => {
    await find();
    await disableDevice(device, parts);
    parts.clock.advance(1);
    expect((await refresh())?.status).toBe('DISABLED');
    expect((await find())?.status).toBe('DISABLED');
  });

  test('forgets a deleted device after 10 s', async () => {
    await find();
    await deleteDevice(device, parts);
    parts.clock.advance(10_000);
    expect(await find()).toBeUndefined();
  });
});
