import type { DeviceRecord } from '../../model/device.ts';
import { addDevicesToIndexes, removeDeviceFromIndexes } from '../devices/device-indexes.ts';
import { addDevices } from '../devices/register-device.ts';
import { type AccountDevice, mergeDevice, recordOf } from './account-device.ts';
import type { Moving } from './moving.ts';
import { renameIotId } from './rename-iot-id.ts';

/** Stores devices that are not here. Returns those that are new; somebody else made the others meanwhile. */
export async function addDevicesOf(
  devices: readonly AccountDevice[],
  moving: Moving,
): Promise<ReadonlySet<AccountDevice>> {
  if (moving.isDryRun) return new Set(devices);
  const records = devices.map((device) => recordOf(device, moving));
  const added = await addDevices(records, moving.store);
  return new Set(
    devices.filter((_, index) => {
      const record = records[index];
      return record !== undefined && added.has(record);
    }),
  );
}

/** Changes what differs of a device that is here; never takes its activation back. */
export async function changeDevice(
  device: AccountDevice,
  moving: Moving,
): Promise<'changed' | 'unchanged'> {
  const devices = moving.store.table('devices');
  const key = { partition: device.productKey, sort: device.deviceName };
  for (;;) {
    const found = await devices.read(key);
    // Deleted here a moment ago: the next run adds it again.
    if (!found) return 'unchanged';
    const merged = mergeDevice(found.value, device, moving);
    if (merged === found.value) return 'unchanged';
    if (moving.isDryRun) return 'changed';
    if (!(await devices.replace(key, merged, found.version))) continue;
    await followIotId(found.value, merged, moving);
    return 'changed';
  }
}

async function followIotId(from: DeviceRecord, to: DeviceRecord, moving: Moving): Promise<void> {
  if (from.iotId === to.iotId) return;
  await removeDeviceFromIndexes(from, moving.store);
  await addDevicesToIndexes([to], moving.store);
  await renameIotId(from.iotId, to.iotId, moving.store);
}
