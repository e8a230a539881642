import { openDeviceSecret } from '../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { findProduct, openProductSecret } from '../../shared/core/products/products.ts';
import { registrationOf } from '../../shared/core/products/registration-settings.ts';
import type { Sealing } from '../../shared/core/sealing/sealing.ts';
import { verifyRegisterSign } from '../../shared/core/signing/register-sign.ts';
import { parseSignMethod } from '../../shared/core/signing/sign-method.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { RegisterForm } from './register-form.ts';

export type GiveSecretParts = { store: Store; sealing: Sealing };

/** `deviceSecret` is plain: for the reply alone. */
export type GivenIdentity = { productKey: string; deviceName: string; deviceSecret: string };

/**
 * Gives a device that has never signed in its secret, the same one every time (protocol.md 2.1).
 * Who does not hold the product secret gets no further than the product, and so learns no name.
 * Records are read past any cache: a device that has just signed in must not be given away again.
 * `random` is not remembered, since the C SDK's is a constant. A replay thus gets the secret too:
 * the first sign-in ends that.
 */
export async function giveSecret(
  form: RegisterForm,
  { store, sealing }: GiveSecretParts,
): Promise<Result<GivenIdentity>> {
  const { productKey, deviceName } = form;
  const authentic = await authenticate(form, { store, sealing });
  if (!authentic.ok) return authentic;
  const found = await findDevice({ productKey, deviceName }, store);
  if (!found.ok) return found;
  const device = found.value;
  if (device.status === 'DISABLED')
    return refuse({ kind: 'device-disabled', productKey, deviceName });
  if (device.status === 'ACTIVE')
    return refuse({ kind: 'device-activated', productKey, deviceName });
  return ok({ productKey, deviceName, deviceSecret: openDeviceSecret(device, sealing) });
}

async function authenticate(
  form: RegisterForm,
  { store, sealing }: GiveSecretParts,
): Promise<Result<void>> {
  const { productKey, signMethod } = form;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  if (!registrationOf(product.value).dynamicRegistration)
    return refuse({ kind: 'dynamic-registration-off', productKey });
  if (parseSignMethod(signMethod) === undefined)
    return refuse({ kind: 'sign-method-unsupported', signMethod });
  const verified = verifyRegisterSign(form, openProductSecret(product.value, sealing));
  if (verified.ok) return ok(undefined);
  const { reason, stringToSign } = verified;
  return refuse({ kind: 'signature-mismatch', reason, stringToSign });
}
