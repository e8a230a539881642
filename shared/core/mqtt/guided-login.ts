import { type Result, refuse } from '../../model/failure.ts';
import { findDevice } from '../devices/find-device.ts';
import { verifyGuidedToken } from '../token/guided-token.ts';
import { admit } from './admit.ts';
import type { LoginParts } from './connect-parts.ts';
import type { Connected } from './connection.ts';
import type { GuidedLogin } from './login.ts';

/** `securemode=-1`: username iotId, password iotToken (protocol.md 2.4). */
export async function guidedLogin(
  { iotId, iotToken, extensions }: GuidedLogin,
  parts: LoginParts,
): Promise<Result<Connected>> {
  const verified = verifyGuidedToken({ iotId, iotToken }, parts.tokenKeys, parts.nowMs());
  if (!verified.ok) return verified;
  const found = await findDevice({ iotId }, parts.store);
  if (!found.ok) return found;
  const device = found.value;
  if (device.generation !== verified.value.generation)
    return refuse({ kind: 'token-retired', reason: 'other-generation' });
  return admit({ device, extensions }, parts);
}
