import { ok } from '../../model/failure.ts';
import type { DeviceIdentities } from '../../ports/device-identities.ts';
import { indexById } from './device-indexes.ts';
import { openDeviceSecret } from './device-secret.ts';
import { findDevice } from './find-device.ts';
import { registerDevice } from './register-device.ts';
import type { Registry } from './registry.ts';

/** Identities from Mooring's own tables. */
export function createOwnIdentities(registry: Registry): DeviceIdentities {
  return {
    register: async (wanted) => {
      const registered = await registerDevice(wanted, registry);
      if (!registered.ok) return registered;
      const { device, deviceSecret } = registered.value;
      const { productKey, deviceName, iotId } = device;
      return ok({ productKey, deviceName, deviceSecret, iotId });
    },
    find: async (name) => {
      const found = await findDevice(name, registry.store);
      if (!found.ok) return found;
      // The call that registered it may have ended before it wrote the index.
      await indexById(found.value, registry.store);
      const { productKey, deviceName, iotId } = found.value;
      const deviceSecret = openDeviceSecret(found.value, registry.sealing);
      return ok({ productKey, deviceName, deviceSecret, iotId });
    },
  };
}
