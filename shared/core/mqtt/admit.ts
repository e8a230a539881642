import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { activateDevice } from '../devices/change-device.ts';
import type { Variant } from '../signing/verification.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected, Extensions } from './connection.ts';

type Proven = { device: DeviceRecord; extensions: Extensions; variant?: Variant };

/**
 * Lets in a device whose password was right, and activates it on its first time. Refuses
 * `connect-rate-exceeded` and `device-disabled`.
 */
export async function admit(
  { device, extensions, variant = 'submitted' }: Proven,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const counted = await countConnect(device.iotId, parts);
  if (!counted.ok) return counted;
  const active = await activate(device, parts);
  if (!active.ok) return active;
  return ok({ kind: 'device', device: active.value, extensions, variant });
}

/** By iotId, or by product and name where the device may not be there yet. */
export async function countConnect(key: string, { rate }: LoginParts): Promise<Result<void>> {
  const { limitPerMinute } = rate;
  if (await rate.allow(key)) return ok(undefined);
  return refuse({ kind: 'connect-rate-exceeded', limitPerMinute });
}

async function activate(device: DeviceRecord, parts: LoginParts): Promise<Result<DeviceRecord>> {
  const { productKey, deviceName } = device;
  const reference = { productKey, deviceName };
  const active = device.status === 'UNACTIVE' ? await activateDevice(reference, parts) : ok(device);
  if (!active.ok || active.value.status !== 'DISABLED') return active;
  return refuse({ kind: 'device-disabled', ...reference });
}
