import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { findDevice } from '../devices/find-device.ts';
import { registerDevice } from '../devices/register-device.ts';
import { tellLifecycle } from '../lifecycle/tell-lifecycle.ts';
import { findProduct, openProductSecret } from '../products/products.ts';
import { registrationOf } from '../products/registration-settings.ts';
import { clientIdParameter } from '../signing/mqtt-client-id.ts';
import type { MqttUsername } from '../signing/mqtt-username.ts';
import { refuseMismatch } from '../signing/refuse-mismatch.ts';
import { verifyRegisterSign } from '../signing/register-sign.ts';
import { countConnect } from './admit.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected } from './connection.ts';
import { hasDynamicClients, issueDynamicClient } from './dynamic-clients.ts';
import type { NamedLogin } from './login.ts';

/**
 * One-type-one-secret for a device that is registered (protocol.md 3.6): gives it its secret, the same
 * one every time, until its first sign-in. As over HTTP, who does not hold the product secret learns no name.
 */
export async function registerLogin(
  login: NamedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const authentic = await authenticate(login, parts);
  if (!authentic.ok) return authentic;
  const found = await findDevice(login.username, parts.store);
  const free = found.ok ? checkFree(found.value, found.value.status === 'ACTIVE') : found;
  if (!free.ok) return free;
  const { productKey, deviceName } = free.value;
  const identity = { productKey, deviceName, deviceSecret: parts.openSecret(free.value) };
  const push = { topic: '/ext/register', payload: JSON.stringify(identity) } as const;
  return ok({ kind: 'registration', productKey, deviceName, push });
}

/**
 * One-type-one-secret without registration beforehand (protocol.md 3.6): makes the device where there is
 * none, and gives a client id with a token. Up to five physical devices share one name that way. Refuses
 * `device-activated` for a device that signs in by other means: whoever holds the product secret must not
 * become it. Refuses `dynamic-client-limit`.
 */
export async function regnwlLogin(
  login: NamedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const authentic = await authenticate(login, parts);
  if (!authentic.ok) return authentic;
  const known = await findOrRegister(login.username, parts);
  if (!known.ok) return known;
  await tellLifecycle(known.value, 'mqtt', parts);
  const isTaken =
    known.value.status === 'ACTIVE' && !(await hasDynamicClients(known.value.iotId, parts.store));
  const free = checkFree(known.value, isTaken);
  if (!free.ok) return free;
  const issued = await issueDynamicClient(free.value.iotId, parts);
  if (!issued.ok) return issued;
  const { productKey, deviceName } = free.value;
  const { clientId, deviceToken } = issued.value;
  const payload = JSON.stringify({ productKey, deviceName, clientId, deviceToken });
  return ok({
    kind: 'registration',
    productKey,
    deviceName,
    push: { topic: '/ext/regnwl', payload },
  });
}

async function authenticate(
  { username, clientId, password }: NamedLogin,
  parts: LoginParts,
): Promise<Result<void>> {
  const { productKey, deviceName } = username;
  const random = clientIdParameter(clientId, 'random');
  if (random === undefined || random === '')
    return refuse({ kind: 'malformed-request', reason: 'random is missing in the client id' });
  const product = await findProduct(productKey, parts.store);
  if (!product.ok) return product;
  if (!registrationOf(product.value).dynamicRegistration)
    return refuse({ kind: 'dynamic-registration-off', productKey });
  const signMethod = clientIdParameter(clientId, 'signmethod');
  const secret = openProductSecret(product.value, parts.sealing);
  const fields = { productKey, deviceName, random, sign: password, signMethod };
  const verified = verifyRegisterSign(fields, secret);
  if (!verified.ok) return refuseMismatch(verified);
  return countConnect(`${productKey}/${deviceName}`, parts);
}

function checkFree(device: DeviceRecord, isTaken: boolean): Result<DeviceRecord> {
  const { productKey, deviceName, status } = device;
  if (status === 'DISABLED') return refuse({ kind: 'device-disabled', productKey, deviceName });
  if (isTaken) return refuse({ kind: 'device-activated', productKey, deviceName });
  return ok(device);
}

/** Of two at once one registers the device, and both find it. */
async function findOrRegister(
  { productKey, deviceName }: MqttUsername,
  parts: LoginParts,
): Promise<Result<DeviceRecord>> {
  const name = { productKey, deviceName };
  const found = await findDevice(name, parts.store);
  if (found.ok) return found;
  const registered = await registerDevice({ ...name, untold: 'create' }, parts);
  if (registered.ok) return ok(registered.value.device);
  return registered.failure.kind === 'device-exists' ? findDevice(name, parts.store) : registered;
}
