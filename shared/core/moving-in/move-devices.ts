import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result } from '../../model/failure.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { findDevice, findDevices } from '../devices/find-device.ts';
import { isDeviceName } from '../devices/register-device.ts';
import { type AccountDevice, readDevice } from './account-device.ts';
import { textIn, timeIn } from './account-members.ts';
import type { Moving } from './moving.ts';
import { noteProblem, type Tally } from './moving-report.ts';
import { addDevicesOf, changeDevice } from './store-devices.ts';

type Listed = Omit<AccountDevice, 'activatedAtMs'>;
type Found = {
  listed: Listed;
  /** Under the name of the device here. */
  local: DeviceRecord | undefined;
  /** Of the iotId here. */
  owner: DeviceRecord | undefined;
};

/**
 * Moves one page of devices and returns those that are here now. Devices that cannot be moved are
 * noted. Refuses what the account refuses.
 */
export async function moveDevices(
  entries: readonly AccountEntry[],
  moving: Moving,
  tally: Tally,
): Promise<Result<readonly AccountDevice[]>> {
  const { listed, unreadable } = readPage(entries, tally);
  const named = unreadable.filter(isDeviceName);
  tally.refusedHere += (await findDevices(tally.productKey, named, moving.store)).length;
  const all = await Promise.all(listed.map((device) => findLocal(device, moving)));
  const found = all.filter((device) => !isConflict(device, tally));
  const activations = await findActivations(found, moving, tally.productKey);
  if (!activations.ok) return activations;
  const devices = found.map(({ local, listed: device }) =>
    withActivation(device, local?.activatedAtMs ?? activations.value.get(device.deviceName)),
  );
  const absent = devices.filter((_, index) => !found[index]?.local);
  const present = devices.filter((_, index) => found[index]?.local);
  const added = await addDevicesOf(absent, moving);
  tally.devices.added += added.size;
  for (const device of [...absent.filter((one) => !added.has(one)), ...present]) {
    tally.devices[await changeDevice(device, moving)] += 1;
  }
  return ok(devices);
}

/** Devices, and the names of those that cannot be moved. */
function readPage(entries: readonly AccountEntry[], tally: Tally) {
  const listed: Listed[] = [];
  const unreadable: string[] = [];
  for (const entry of entries) {
    const read = readDevice(entry, tally.productKey);
    if ('value' in read) {
      listed.push(read.value);
      continue;
    }
    const deviceName = textIn(entry, 'DeviceName');
    unreadable.push(deviceName);
    tally.devices.refused += 1;
    noteProblem(tally, read.reason, deviceName);
  }
  return { listed, unreadable };
}

async function findLocal(listed: Listed, { store }: Moving): Promise<Found> {
  const { productKey, deviceName, iotId } = listed;
  const [local, owner] = await Promise.all([
    findDevice({ productKey, deviceName }, store),
    findDevice({ iotId }, store),
  ]);
  return {
    listed,
    local: local.ok ? local.value : undefined,
    owner: owner.ok ? owner.value : undefined,
  };
}

/** An iotId that belongs to another device here. */
function isConflict({ listed, local, owner }: Found, tally: Tally): boolean {
  if (!owner) {
    if (local?.iotId === listed.iotId) tally.lacksIndexes = true;
    return false;
  }
  const { productKey, deviceName } = owner;
  if (productKey === listed.productKey && deviceName === listed.deviceName) return false;
  tally.devices.refused += 1;
  if (local) tally.refusedHere += 1;
  const reason = `its IotId belongs to ${productKey}/${deviceName} here`;
  noteProblem(tally, reason, listed.deviceName);
  return true;
}

/** When devices first signed in, by name; asked for where nothing here tells it. */
async function findActivations(
  found: readonly Found[],
  { account }: Moving,
  productKey: string,
): Promise<Result<ReadonlyMap<string, number | null>>> {
  const names = found.flatMap(({ listed, local }) =>
    listed.status === 'UNACTIVE' || typeof local?.activatedAtMs === 'number'
      ? []
      : [listed.deviceName],
  );
  if (names.length === 0) return ok(new Map());
  const details = await account.deviceDetails(productKey, names);
  if (!details.ok) return details;
  return ok(
    new Map(
      details.value.map((entry) => [textIn(entry, 'DeviceName'), timeIn(entry, 'UtcActive')]),
    ),
  );
}

/** An active device has signed in, also if the account does not tell when. */
function withActivation(listed: Listed, activatedAtMs: number | null | undefined): AccountDevice {
  const fallback = listed.status === 'ACTIVE' ? listed.createdAtMs : null;
  return { ...listed, activatedAtMs: activatedAtMs ?? fallback };
}
