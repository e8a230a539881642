import type { DeviceReference } from '../../../shared/core/devices/registry.ts';
import { tellLifecycle } from '../../../shared/core/lifecycle/tell-lifecycle.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { Action, ActionParts } from '../action.ts';
import { readDeviceReference } from './device-reference.ts';

type Change = (reference: DeviceReference, parts: ActionParts) => Promise<Result<DeviceRecord>>;

/** An action that changes a device and has nothing to say about it but to the bus. */
export function changing(change: Change): Action {
  return async (parameters, parts) => {
    const reference = readDeviceReference(parameters);
    if (!reference.ok) return reference;
    const changed = await change(reference.value, parts);
    if (!changed.ok) return changed;
    await tellLifecycle(changed.value, 'api', parts);
    return ok({});
  };
}

/** As changing, and ends the connection of the device (protocol.md 7.4). */
export function disconnecting(change: Change): Action {
  return changing(async (reference, parts) => {
    const changed = await change(reference, parts);
    if (changed.ok) await disconnect(changed.value, parts);
    return changed;
  });
}

/** The change is made: a broker that cannot be reached does not take it back. */
export async function disconnect(
  device: DeviceRecord,
  { downlink, log }: ActionParts,
): Promise<void> {
  const { productKey, deviceName } = device;
  try {
    await downlink.disconnect({ productKey, deviceName });
  } catch (error) {
    log.error({ error, productKey, deviceName }, 'the connection of a device cannot be ended');
  }
}
