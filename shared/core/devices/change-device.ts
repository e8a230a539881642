import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { updateRecord } from '../records/update-record.ts';
import { removeDeviceFromIndexes } from './device-indexes.ts';
import { findDevice } from './find-device.ts';
import { newGeneration } from './register-device.ts';
import type { DeviceReference, Registry } from './registry.ts';
import { removeDeviceData } from './remove-device-data.ts';
import { removeDeviceRecord } from './remove-device-record.ts';

type Parts = Pick<Registry, 'store' | 'nowMs'>;

/**
 * Nothing of the device is accepted any more, everywhere within the 10 s that records are cached. A
 * change is noted as untold, as by enableDevice: see core/lifecycle.
 */
export function disableDevice(
  reference: DeviceReference,
  parts: Parts,
): Promise<Result<DeviceRecord>> {
  return changeDevice(
    reference,
    (device) => {
      if (device.status === 'DISABLED') return device;
      return { ...device, status: 'DISABLED', untold: 'disable' };
    },
    parts,
  );
}

export function enableDevice(
  reference: DeviceReference,
  parts: Parts,
): Promise<Result<DeviceRecord>> {
  return changeDevice(
    reference,
    (device) => {
      if (device.status !== 'DISABLED') return device;
      const status = device.activatedAtMs === null ? 'UNACTIVE' : 'ACTIVE';
      return { ...device, status, untold: 'enable' };
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

/**
 * As if it had never signed in, so that dynamic registration gives out its secret, the same one,
 * again (protocol.md 7.4). The generation is new: a device in the field that holds a token signs in
 * anew within the 10 s that records are cached, and so counts as activated if it still is in use. A
 * disabled device stays disabled.
 */
export function resetDevice(
  reference: DeviceReference,
  parts: Parts & Pick<Registry, 'randomBytes'>,
): Promise<Result<DeviceRecord>> {
  return changeDevice(
    reference,
    (device) => ({
      ...device,
      status: device.status === 'DISABLED' ? 'DISABLED' : 'UNACTIVE',
      activatedAtMs: null,
      generation: newGeneration(parts.randomBytes),
    }),
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
  if (!(await removeDeviceRecord(device, store)))
    return refuse({ kind: 'unknown-device', productKey, deviceName });
  await removeDeviceFromIndexes(device, store);
  await removeDeviceData(iotId, store);
  return ok(device);
}

/** Changes the device that was found, and none that is made under its name meanwhile. */
async function changeDevice(
  reference: DeviceReference,
  change: (device: DeviceRecord) => DeviceRecord,
  { store, nowMs }: Parts,
): Promise<Result<DeviceRecord>> {
  const found = await findDevice(reference, store);
  if (!found.ok) return found;
  const { productKey, deviceName, iotId } = found.value;
  const changed = await updateRecord(
    store.table('devices'),
    { partition: productKey, sort: deviceName },
    (device) => {
      const next = device.iotId === iotId ? change(device) : device;
      return next === device ? device : { ...next, modifiedAtMs: nowMs() };
    },
  );
  if (changed?.iotId === iotId) return ok(changed);
  return refuse({ kind: 'unknown-device', productKey, deviceName });
}
