import { createHmac } from 'node:crypto';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { createHandler } from '../../functions/device-register/handler.ts';
import { findProduct, openProductSecret } from '../../shared/core/products/products.ts';
import {
  changeRegistration,
  DEFAULT_REGISTRATION,
} from '../../shared/core/products/registration-settings.ts';
import type { Handler, Reply, Request } from '../../shared/model/http.ts';
import type { Store } from '../../shared/ports/table.ts';
import { authRequest, signInForm } from './device-http.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { accepted, registerTestDevice, type TestDevice } from './test-device.ts';

export type RegisterFields = Readonly<Record<string, string>>;

export type TestRegister = {
  parts: MemoryParts;
  device: TestDevice;
  productSecret: string;
  handler: Handler;
  /** Of the device, unless another form is given. */
  register(form?: RegisterFields): Promise<Reply>;
  /** At `/auth`, over the same store. */
  signIn(): Promise<Reply>;
  switchTo(dynamicRegistration: boolean): Promise<void>;
};

/** `POST /auth/register/device` over memory, switched on, with one device that has not signed in yet. */
export async function openDeviceRegister(
  watched: (store: Store) => Store = (store) => store,
): Promise<TestRegister> {
  const memory = createMemoryParts();
  const parts = { ...memory, store: watched(memory.store) };
  const registration = { ...DEFAULT_REGISTRATION, dynamicRegistration: true };
  const device = await registerTestDevice(parts, { product: { registration } });
  const { productKey } = device;
  const product = accepted(await findProduct(productKey, parts.store));
  const productSecret = openProductSecret(product, parts.sealing);
  const handler = createHandler(parts);
  const auth = createDeviceAuth(parts);
  return {
    parts,
    device,
    productSecret,
    handler,
    register: (form = registerForm(device, productSecret)) => handler(registerRequest(form)),
    signIn: () => auth(authRequest(signInForm(device))),
    switchTo: async (dynamicRegistration) => {
      const changes = { dynamicRegistration, certificates: {} };
      accepted(await changeRegistration(productKey, changes, parts.store));
    },
  };
}

/** The constant of the C SDK 3. */
export const C_SDK_RANDOM = '8Ygb7ULYh53B6OA';

/** What the device submits, signed as protocol.md 2.1 says; `changes` are signed as well. */
export function registerForm(
  { productKey, deviceName }: Pick<TestDevice, 'productKey' | 'deviceName'>,
  productSecret: string,
  changes: RegisterFields = {},
): RegisterFields {
  const fields = {
    productKey,
    deviceName,
    random: C_SDK_RANDOM,
    signMethod: 'hmacsha256',
    ...changes,
  };
  const digest = fields.signMethod.toLowerCase().replace('hmac', '');
  const content = `deviceName${fields.deviceName}productKey${fields.productKey}random${fields.random}`;
  const sign = createHmac(digest, productSecret).update(content).digest('hex');
  return { ...fields, sign };
}

export function registerRequest(
  form: RegisterFields | string | Buffer,
  changes: Partial<Request> = {},
): Request {
  const isText = typeof form === 'string' || Buffer.isBuffer(form);
  return authRequest(isText ? form : new URLSearchParams(form).toString(), {
    path: '/auth/register/device',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    ...changes,
  });
}
