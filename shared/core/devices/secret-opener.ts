import type { DeviceRecord } from '../../model/device.ts';
import { dropOldest } from '../cache/drop-oldest.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { openDeviceSecret } from './device-secret.ts';

/** The secret of a device. @throws SealError, see core/sealing. */
export type SecretOpener = (device: DeviceRecord) => string;

/**
 * A device signs in with one secret for years: it is opened once, until the record has another. Kept by
 * name and not by the sealed text alone, which does not open in another record.
 */
export function createSecretOpener(sealing: Sealing, capacity = KEPT_SECRETS): SecretOpener {
  const opened = new Map<string, { sealedSecret: string; secret: string }>();
  return (device) => {
    const { sealedSecret } = device;
    const name = `${device.productKey}/${device.deviceName}`;
    const kept = opened.get(name);
    if (kept?.sealedSecret === sealedSecret) return kept.secret;
    const secret = openDeviceSecret(device, sealing);
    opened.delete(name);
    if (opened.size >= capacity) dropOldest(opened);
    opened.set(name, { sealedSecret, secret });
    return secret;
  };
}

/** About 300 bytes each. */
const KEPT_SECRETS = 20_000;
