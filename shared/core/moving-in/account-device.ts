import type { DeviceRecord } from '../../model/device.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { openDeviceSecret, sealDeviceSecret } from '../devices/device-secret.ts';
import { isDeviceName, newGeneration } from '../devices/register-device.ts';
import type { Registry } from '../devices/registry.ts';
import { type Readable, textIn, timeIn } from './account-members.ts';

/** A device as the account has it. */
export type AccountDevice = Pick<
  DeviceRecord,
  'productKey' | 'deviceName' | 'iotId' | 'nickname' | 'status' | 'activatedAtMs'
> & { deviceSecret: string; createdAtMs: number; modifiedAtMs: number };

type Status = DeviceRecord['status'];
type Parts = Pick<Registry, 'sealing' | 'nowMs' | 'randomBytes'>;

/** From QueryDevice (protocol.md 7.3), which does not tell when a device was activated. */
export function readDevice(
  entry: AccountEntry,
  productKey: string,
): Readable<Omit<AccountDevice, 'activatedAtMs'>> {
  const deviceName = textIn(entry, 'DeviceName');
  const iotId = textIn(entry, 'IotId');
  const deviceSecret = textIn(entry, 'DeviceSecret');
  const status = STATUSES.get(textIn(entry, 'DeviceStatus'));
  if (!isDeviceName(deviceName)) return { reason: 'its name is not one that a device may have' };
  if (iotId === '') return { reason: 'the account shows no IotId' };
  if (deviceSecret === '') return { reason: 'the account shows no DeviceSecret' };
  if (!status) return { reason: 'the account shows no DeviceStatus that is known' };
  const createdAtMs = timeIn(entry, 'UtcCreate') ?? 0;
  return {
    value: {
      productKey,
      deviceName,
      iotId,
      deviceSecret,
      nickname: textIn(entry, 'Nickname'),
      status,
      createdAtMs,
      modifiedAtMs: timeIn(entry, 'UtcModified') ?? createdAtMs,
    },
  };
}

/** Protocol.md 7.2: online and offline are presence, which nobody moves. */
const STATUSES: ReadonlyMap<string, Status> = new Map([
  ['ONLINE', 'ACTIVE'],
  ['OFFLINE', 'ACTIVE'],
  ['UNACTIVE', 'UNACTIVE'],
  ['DISABLE', 'DISABLED'],
]);

/** The record of a device that is not here yet. */
export function recordOf(device: AccountDevice, parts: Parts): DeviceRecord {
  const { deviceSecret, ...rest } = device;
  return {
    ...rest,
    sealedSecret: sealDeviceSecret(deviceSecret, device, parts.sealing),
    status: statusOf(device.status, device.activatedAtMs),
    generation: newGeneration(parts.randomBytes),
  };
}

/**
 * The record with what the account says of the device, or the record itself where that is the same.
 * A device that has signed in here stays activated. A new secret voids its tokens.
 */
export function mergeDevice(
  local: DeviceRecord,
  device: AccountDevice,
  parts: Parts,
): DeviceRecord {
  const activatedAtMs = local.activatedAtMs ?? device.activatedAtMs;
  const hasSameSecret = openDeviceSecret(local, parts.sealing) === device.deviceSecret;
  const merged: DeviceRecord = {
    ...local,
    iotId: device.iotId,
    nickname: device.nickname,
    status: statusOf(device.status, activatedAtMs),
    activatedAtMs,
    createdAtMs: device.createdAtMs,
  };
  if (hasSameSecret && COMPARED.every((name) => merged[name] === local[name])) return local;
  const { sealedSecret, generation } = hasSameSecret ? local : recordOf(device, parts);
  return { ...merged, sealedSecret, generation, modifiedAtMs: parts.nowMs() };
}

const COMPARED = ['iotId', 'nickname', 'status', 'activatedAtMs', 'createdAtMs'] as const;

function statusOf(status: Status, activatedAtMs: number | null): Status {
  if (status === 'DISABLED') return status;
  return activatedAtMs === null ? 'UNACTIVE' : 'ACTIVE';
}
