import { type Result, refuse } from '../../model/failure.ts';
import { findDevice } from '../devices/find-device.ts';
import { admit } from './admit.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected } from './connection.ts';
import { isDynamicClient } from './dynamic-clients.ts';
import type { NamedLogin } from './login.ts';

/** `authType=connwl`: with a client id and the token that regnwl gave out for it (protocol.md 3.6). */
export async function dynamicLogin(
  { username, clientId, password, extensions }: NamedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const found = await findDevice(username, parts.store);
  if (!found.ok) return found;
  const device = found.value;
  const { iotId } = device;
  const shown = { iotId, clientId: clientId.clientId, deviceToken: password };
  if (await isDynamicClient(shown, parts.store)) return admit({ device, extensions }, parts);
  const reason = 'the deviceToken is not that of the client id, or the client id was taken back';
  return refuse({ kind: 'signature-mismatch', reason, stringToSign: '' });
}
