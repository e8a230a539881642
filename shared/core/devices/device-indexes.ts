import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';

/**
 * What is found of devices other than by name: `device_ids` by iotId, and `product_counts`. Both
 * are written after the device itself; a crash between the two leaves an index behind, which
 * rebuildDeviceIndexes mends.
 */
export async function addDeviceToIndexes(device: DeviceRecord, store: Store): Promise<void> {
  const { productKey, deviceName, iotId } = device;
  await store.table('device_ids').insert({ partition: iotId }, { productKey, deviceName });
  await countDevices(productKey, 1, store);
}

export async function removeDeviceFromIndexes(device: DeviceRecord, store: Store): Promise<void> {
  await store.table('device_ids').remove({ partition: device.iotId });
  await countDevices(device.productKey, -1, store);
}

/** Writes the missing index records of a product and its device count anew. Returns the count. Run it while nothing registers or deletes devices of the product. */
export async function rebuildDeviceIndexes(productKey: string, store: Store): Promise<number> {
  let devices = 0;
  for await (const { value } of walkPartition(store.table('devices'), productKey)) {
    const { deviceName, iotId } = value;
    await store.table('device_ids').insert({ partition: iotId }, { productKey, deviceName });
    devices += 1;
  }
  await upsertRecord(store.table('product_counts'), { partition: productKey }, () => ({ devices }));
  return devices;
}

async function countDevices(productKey: string, change: number, store: Store): Promise<void> {
  await upsertRecord(store.table('product_counts'), { partition: productKey }, (count) => ({
    devices: (count?.devices ?? 0) + change,
  }));
}
