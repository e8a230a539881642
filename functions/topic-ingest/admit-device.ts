import type { DeviceDirectory, DeviceKey } from '../../shared/core/devices/device-directory.ts';
import { MESSAGES_PER_SECOND, type MessageRate } from '../../shared/core/rate/message-rate.ts';
import type { TokenClaims } from '../../shared/core/token/token.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';

export type AdmitParts = { directory: DeviceDirectory; rate: MessageRate; nowMs: () => number };

/**
 * The device behind a valid token, if it may still send. A token of another generation than the
 * record's is retired, so that the device signs in again; the record is read anew first, since it is
 * the kept one that is out of date where the secret has just changed.
 */
export async function admitDevice(
  claims: TokenClaims,
  parts: AdmitParts,
): Promise<Result<DeviceRecord>> {
  const { productKey, deviceName, generation } = claims;
  const device: DeviceKey = `${productKey}/${deviceName}`;
  const askedAtMs = parts.nowMs();
  let record = await parts.directory.find(device);
  if (record && record.generation !== generation) {
    record = await parts.directory.refresh(device, askedAtMs);
  }
  if (!record) return refuse({ kind: 'token-identity-gone', reason: 'deleted' });
  if (record.generation !== generation)
    return refuse({ kind: 'token-retired', reason: 'other-generation' });
  if (record.status === 'DISABLED')
    return refuse({ kind: 'token-identity-gone', reason: 'disabled' });
  if (!parts.rate.allow(record.iotId))
    return refuse({ kind: 'rate-exceeded', limitPerSecond: MESSAGES_PER_SECOND });
  return ok(record);
}
