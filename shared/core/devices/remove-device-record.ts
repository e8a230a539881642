import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';

/** By name and iotId. False if the device is gone, also where another one was made under its name since. */
export async function removeDeviceRecord(
  { productKey, deviceName, iotId }: DeviceRecord,
  store: Store,
): Promise<boolean> {
  const devices = store.table('devices');
  const key = { partition: productKey, sort: deviceName };
  for (;;) {
    const found = await devices.read(key);
    if (found?.value.iotId !== iotId) return false;
    if (await devices.remove(key, found.version)) return true;
  }
}
