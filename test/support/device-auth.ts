import { createHandler } from '../../functions/device-auth/handler.ts';
import type { Handler, Reply } from '../../shared/model/http.ts';
import { authRequest, type Form, signInForm } from './device-http.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { registerTestDevice, type TestDevice } from './test-device.ts';

export type TestAuth = {
  parts: MemoryParts;
  device: TestDevice;
  handler: Handler;
  /** Of the device, unless another form is given. */
  signIn(form?: Form): Promise<Reply>;
};

/** `POST /auth` over memory, with one device that has not signed in yet. */
export async function openDeviceAuth(): Promise<TestAuth> {
  const parts = createMemoryParts();
  const device = await registerTestDevice(parts);
  const handler = createHandler(parts);
  const signIn = (form: Form = signInForm(device)) => handler(authRequest(form));
  return { parts, device, handler, signIn };
}
