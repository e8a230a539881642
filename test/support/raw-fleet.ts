import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { hmac } from '../../shared/core/signing/hmac.ts';
import { identityContent } from '../../shared/core/signing/sign-content.ts';
import { accepted } from './test-device.ts';

export type RawIdentity = {
  productKey: string;
  deviceName: string;
  credentials: { clientId: string; username: string; password: string };
};

/** Registers and activates devices of a product in a data folder, through the core and not the OpenAPI. */
export async function registerFleet(
  base: Registry,
  { productKey, size, prefix }: { productKey: string; size: number; prefix: string },
): Promise<RawIdentity[]> {
  const fleet: RawIdentity[] = [];
  for (let index = 0; index < size; index += 1) {
    const deviceName = `${prefix}-${index}`;
    const registered = await registerDevice({ productKey, deviceName }, base);
    const { deviceSecret } = accepted(registered);
    accepted(await activateDevice({ productKey, deviceName }, base));
    const credentials = credentialsOf({ productKey, deviceName, deviceSecret });
    fleet.push({ productKey, deviceName, credentials });
  }
  return fleet;
}

type Identity = { productKey: string; deviceName: string; deviceSecret: string };

function credentialsOf({ productKey, deviceName, deviceSecret }: Identity) {
  const clientId = `${productKey}.${deviceName}`;
  const content = identityContent({ clientId, deviceName, productKey });
  return {
    clientId: `${clientId}|securemode=3,signmethod=hmacsha256|`,
    username: `${deviceName}&${productKey}`,
    password: hmac('hmacsha256', deviceSecret, content).toString('hex'),
  };
}
