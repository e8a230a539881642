import type { DeviceRecord } from '../../model/device.ts';
import type { Sealing } from '../sealing/sealing.ts';

type Identity = Pick<DeviceRecord, 'productKey' | 'deviceName'>;

export function sealDeviceSecret(secret: string, device: Identity, sealing: Sealing): string {
  return sealing.seal(secret, contextOf(device));
}

/** @throws SealError, see core/sealing. */
export function openDeviceSecret(
  device: Identity & Pick<DeviceRecord, 'sealedSecret'>,
  sealing: Sealing,
): string {
  return sealing.open(device.sealedSecret, contextOf(device));
}

function contextOf({ productKey, deviceName }: Identity): string {
  return `device/${productKey}/${deviceName}`;
}
