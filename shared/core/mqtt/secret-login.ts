import type { Result } from '../../model/failure.ts';
import { findDevice } from '../devices/find-device.ts';
import { verifyMqttSign } from '../signing/mqtt-sign.ts';
import { refuseMismatch } from '../signing/refuse-mismatch.ts';
import { admit } from './admit.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected } from './connection.ts';
import type { NamedLogin } from './login.ts';

/** One-device-one-secret (protocol.md 3.2). */
export async function secretLogin(
  login: NamedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const found = await findDevice(login.username, parts.store);
  if (!found.ok) return found;
  const device = found.value;
  const { clientId, username, password: sign, extensions } = login;
  const verified = verifyMqttSign({ clientId, username, sign }, parts.openSecret(device));
  if (!verified.ok) return refuseMismatch(verified);
  return admit({ device, extensions, variant: verified.variant }, parts);
}
