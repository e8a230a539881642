import type { DeviceRecord } from '../../model/device.ts';
import { type Result, refuse } from '../../model/failure.ts';
import { findDevice } from '../devices/find-device.ts';
import { registerDevice } from '../devices/register-device.ts';
import { tellLifecycle } from '../lifecycle/tell-lifecycle.ts';
import { findProduct, openProductSecret } from '../products/products.ts';
import { registrationOf } from '../products/registration-settings.ts';
import { verifyMqttSign } from '../signing/mqtt-sign.ts';
import type { MqttUsername } from '../signing/mqtt-username.ts';
import { refuseMismatch } from '../signing/refuse-mismatch.ts';
import type { Variant } from '../signing/verification.ts';
import { admit } from './admit.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected } from './connection.ts';
import type { NamedLogin } from './login.ts';
import { secretLogin } from './secret-login.ts';

/**
 * Seed 004, `securemode=-2`: a device signs with the secret of its product and is made by its first
 * sign-in. A device that was made otherwise has to sign with its own secret, also here: whoever holds
 * the product's must not become it. While the switch of the product is off, nobody gets in by its secret.
 */
export async function automaticLogin(
  login: NamedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const { username, extensions } = login;
  const found = await findDevice(username, parts.store);
  if (found.ok && !found.value.autoRegistered) return secretLogin(login, parts);
  const verified = await verifyByProduct(login, parts);
  if (!verified.ok) return verified;
  const known = found.ok ? found : await makeDevice(username, parts);
  if (!known.ok) return known;
  await tellLifecycle(known.value, 'mqtt', parts);
  return admit({ device: known.value, extensions, variant: verified.value }, parts);
}

async function verifyByProduct(
  login: NamedLogin,
  { store, sealing }: LoginParts,
): Promise<Result<Variant>> {
  const { productKey } = login.username;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  if (!registrationOf(product.value).autoRegistration)
    return refuse({ kind: 'auto-registration-off', productKey });
  const secret = openProductSecret(product.value, sealing);
  const verified = verifyMqttSign({ ...login, sign: login.password }, secret);
  return verified.ok ? { ok: true, value: verified.variant } : refuseMismatch(verified);
}

/** Of two first sign-ins at once one makes the device; the name may be taken by another way meanwhile. */
async function makeDevice(
  { productKey, deviceName }: MqttUsername,
  parts: LoginParts,
): Promise<Result<DeviceRecord>> {
  const name = { productKey, deviceName };
  const registered = await registerDevice(
    { ...name, autoRegistered: true, untold: 'create' },
    parts,
  );
  if (registered.ok) return { ok: true, value: registered.value.device };
  if (registered.failure.kind !== 'device-exists') return registered;
  const found = await findDevice(name, parts.store);
  return found.ok && !found.value.autoRegistered ? registered : found;
}
