import { ok } from '../../model/failure.ts';
import type { DeviceIdentities } from '../../ports/device-identities.ts';
import { type LifecycleParts, tellLifecycle } from '../lifecycle/tell-lifecycle.ts';
import { indexById } from './device-indexes.ts';
import { openDeviceSecret } from './device-secret.ts';
import { findDevice } from './find-device.ts';
import { registerDevice } from './register-device.ts';
import type { Registry } from './registry.ts';

/** Identities from Mooring's own tables. The bus is told of each that is made, before it is given to anybody. */
export function createOwnIdentities(registry: Registry & LifecycleParts): DeviceIdentities {
  return {
    register: async (wanted) => {
      const registered = await registerDevice({ ...wanted, untold: 'create' }, registry);
      if (!registered.ok) return registered;
      const { device, deviceSecret } = registered.value;
      await tellLifecycle(device, 'http', registry);
      const { productKey, deviceName, iotId } = device;
      return ok({ productKey, deviceName, deviceSecret, iotId });
    },
    find: async (name) => {
      const found = await findDevice(name, registry.store);
      if (!found.ok) return found;
      // The call that registered it may have ended before it wrote the index, or told the bus.
      await indexById(found.value, registry.store);
      await tellLifecycle(found.value, 'http', registry);
      const { productKey, deviceName, iotId } = found.value;
      const deviceSecret = openDeviceSecret(found.value, registry.sealing);
      return ok({ productKey, deviceName, deviceSecret, iotId });
    },
  };
}
