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

const find = () => directory.find(device.productKey, device.deviceName);
const refresh = () => directory.refresh(device.productKey, device.deviceName, parts.nowMs());

describe('the device directory', () => {
  test('gives the record and the opened secret of a device', async () => {
    const known = await find();
    expect(known?.record).toMatchObject({ iotId: device.iotId, status: 'UNACTIVE' });
    expect(known?.secret()).toBe(device.deviceSecret);
  });

  test('gives undefined for a device that there is not, and the device once it is there', async () => {
    const { productKey } = device;
    expect(await directory.find(productKey, 'dev_002')).toBeUndefined();
    await registerTestDevice(parts, { productKey, deviceName: 'dev_002' });
    expect(await directory.find(productKey, 'dev_002')).toMatchObject({ record: { productKey } });
  });

  test('shows a change after 10 s', async () => {
    await find();
    await disableDevice(device, parts);
    parts.clock.advance(9_999);
    expect((await find())?.record.status).toBe('UNACTIVE');
    parts.clock.advance(1);
    expect((await find())?.record.status).toBe('DISABLED');
  });

  test('shows a change at once to whoever refreshes', async () => {
    await find();
    await disableDevice(device, parts);
    parts.clock.advance(1);
    expect((await refresh())?.record.status).toBe('DISABLED');
    expect((await find())?.record.status).toBe('DISABLED');
  });

  test('forgets a deleted device after 10 s', async () => {
    await find();
    await deleteDevice(device, parts);
    parts.clock.advance(10_000);
    expect(await find()).toBeUndefined();
  });

  test('does not open a secret before it is asked for', async () => {
    const key = { partition: device.productKey, sort: device.deviceName };
    const devices = parts.store.table('devices');
    const found = await devices.read(key);
    if (!found) throw new Error('the device is gone');
    await devices.replace(key, { ...found.value, sealedSecret: 'damaged' }, found.version);
    const known = await find();
    expect(known?.record.iotId).toBe(device.iotId);
    expect(() => known?.secret()).toThrow(
      `the sealed secret of device/${device.productKey}/dev_001 is damaged`,
    );
  });
});
