import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Store } from '../../ports/table.ts';
import type { DeviceReference } from './registry.ts';

/** The stored record, past any cache. Refuses `unknown-device`, with an empty name where only an iotId was given. */
export async function findDevice(
  reference: DeviceReference,
  store: Store,
): Promise<Result<DeviceRecord>> {
  if ('iotId' in reference) return findByIotId(reference.iotId, store);
  const { productKey, deviceName } = reference;
  const found = await store.table('devices').read({ partition: productKey, sort: deviceName });
  return found ? ok(found.value) : refuse({ kind: 'unknown-device', productKey, deviceName });
}

/** Those of the names under which there is a device, in their order; all are read at once. */
export async function findDevices(
  productKey: string,
  deviceNames: readonly string[],
  store: Store,
): Promise<readonly DeviceRecord[]> {
  const found = await Promise.all(
    deviceNames.map((deviceName) => findDevice({ productKey, deviceName }, store)),
  );
  return found.flatMap((device) => (device.ok ? [device.value] : []));
}

/** An index left behind by a crash may name a device that was made since, under another iotId. */
async function findByIotId(iotId: string, store: Store): Promise<Result<DeviceRecord>> {
  const name = await store.table('device_ids').read({ partition: iotId });
  const found = name && (await findDevice(name.value, store));
  if (found?.ok && found.value.iotId === iotId) return found;
  return refuse({ kind: 'unknown-device', productKey: '', deviceName: '' });
}
