import { createHash } from 'node:crypto';
import type { DeviceRecord } from '../../model/device.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';
import { walkPartition } from '../records/walk-partition.ts';

/**
 * What is found of devices other than by name: `device_ids` by iotId, and `product_counts`. Both
 * are written after the devices themselves; a crash between the two leaves an index behind, which
 * rebuildDeviceIndexes mends. `devices` are of one product.
 */
export async function addDevicesToIndexes(
  devices: readonly DeviceRecord[],
  store: Store,
): Promise<void> {
  const [first] = devices;
  if (!first) return;
  await Promise.all([
    ...devices.map((device) => indexById(device, store)),
    countDevices(first, devices.length, store),
  ]);
}

export async function removeDeviceFromIndexes(device: DeviceRecord, store: Store): Promise<void> {
  await store.table('device_ids').remove({ partition: device.iotId });
  await countDevices(device, -1, store);
}

/** Writes the missing index records of a product and its device count anew. Returns the count. Run it while nothing registers or deletes devices of the product. */
export async function rebuildDeviceIndexes(productKey: string, store: Store): Promise<number> {
  let devices = 0;
  for await (const { value } of walkPartition(store.table('devices'), productKey)) {
    await indexById(value, store);
    devices += 1;
  }
  const counts = store.table('product_counts');
  for await (const { sort } of walkPartition(counts, productKey)) {
    await counts.remove({ partition: productKey, sort });
  }
  await upsertRecord(counts, { partition: productKey, sort: shardNameOf(0) }, () => ({ devices }));
  return devices;
}

/** Writes nothing where it is indexed already. */
export async function indexById(device: DeviceRecord, store: Store): Promise<void> {
  const { productKey, deviceName, iotId } = device;
  await store.table('device_ids').insert({ partition: iotId }, { productKey, deviceName });
}

async function countDevices(
  { productKey, deviceName }: DeviceRecord,
  change: number,
  store: Store,
): Promise<void> {
  const [shard = 0] = createHash('sha1').update(deviceName).digest();
  const key = { partition: productKey, sort: shardNameOf(shard % COUNT_SHARDS) };
  await upsertRecord(store.table('product_counts'), key, (count) => ({
    devices: (count?.devices ?? 0) + change,
  }));
}

function shardNameOf(shard: number): string {
  return String(shard).padStart(2, '0');
}

/** Devices that are registered at once rarely meet on one of so many, and so few are read at once. */
const COUNT_SHARDS = 32;
