import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { updateRecord } from '../records/update-record.ts';
import { removeDeviceFromIndexes } from './device-indexes.ts';
import { findDevice } from './find-device.ts';
import type { DeviceReference, Registry } from './registry.ts';

type Parts = Pick<Registry, 'store' | 'nowMs'>;

/** Nothing of the device is accepted any more, everywhere within the 10 s that records are cached. */
export function disableDevice(
  reference: DeviceReference,
  parts: Parts,
): Promise<Result<DeviceRecord>> {
  return changeDevice(reference, (device) => ({ ...device, status: 'DISABLED' }), parts);
}

export function enableDevice(
  reference: DeviceReference,
  parts: Parts,
): Promise<Result<DeviceRecord>> {
  return changeDevice(
    reference,
    (device) => {
      if (device.status !== 'DISABLED') return device;
      return { ...device, status: device.activatedAtMs === null ? 'UNACTIVE' : 'ACTIVE' };
    },
    parts,
  );
}

/** First sign-in. A disabled device stays disabled. */
export function activateDevice(
  reference: DeviceReference,
  parts: Parts,
): Promise<Result<DeviceRecord>> {
  return changeDevice(
    reference,
    (device) => {
      if (device.status !== 'UNACTIVE') return device;
      return { ...device, status: 'ACTIVE', activatedAtMs: parts.nowMs() };
    },
    parts,
  );
}

/** The record first, so that the device is out even if the rest is not reached. History stays until it expires, under an iotId that never comes back. */
export async function deleteDevice(
  reference: DeviceReference,
  { store }: Parts,
): Promise<Result<DeviceRecord>> {
  const found = await findDevice(reference, store);
  if (!found.ok) return found;
  const device = found.value;
  const { productKey, deviceName, iotId } = device;
  if (!(await store.table('devices').remove({ partition: productKey, sort: deviceName }))) {
    return refuse({ kind: 'unknown-device', productKey, deviceName });
  }
  await removeDeviceFromIndexes(device, store);
  await store.table('thing_state').remove({ partition: iotId });
  return ok(device);
}

async function changeDevice(
  reference: DeviceReference,
  change: (device: DeviceRecord) => DeviceRecord,
  { store, nowMs }: Parts,
): Promise<Result<DeviceRecord>> {
  const found = await findDevice(reference, store);
  if (!found.ok) return found;
  const { productKey, deviceName } = found.value;
  const changed = await updateRecord(
    store.table('devices'),
    { partition: productKey, sort: deviceName },
    (device) => {
      const next = change(device);
      return next === device ? device : { ...next, modifiedAtMs: nowMs() };
    },
  );
  return changed ? ok(changed) : refuse({ kind: 'unknown-device', productKey, deviceName });
}
