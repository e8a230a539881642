import { type Failure, type Result, refuse } from '../../model/failure.ts';
import { createSecretOpener } from '../devices/secret-opener.ts';
import { automaticLogin } from './automatic-login.ts';
import type { ConnectParts, LoginParts } from './connect-parts.ts';
import type { Connect, ConnectDevice, Connected } from './connection.ts';
import { dynamicLogin } from './dynamic-login.ts';
import { guidedLogin } from './guided-login.ts';
import { type Login, readLogin } from './login.ts';
import { createLoginGuard } from './login-guard.ts';
import { registerLogin, regnwlLogin } from './registration-login.ts';
import { secretLogin } from './secret-login.ts';

/**
 * Sign-in over MQTT, whichever broker asks (protocol.md 3.2-3.6). A device with its own secret costs one
 * read and one HMAC, as the stored record and no kept one decides: see functions/device-auth.
 */
export function createConnectDevice(parts: ConnectParts): ConnectDevice {
  const loginParts: LoginParts = { ...parts, openSecret: createSecretOpener(parts.sealing) };
  const guard = createLoginGuard(parts.nowMs);
  return async (connect) => {
    const block = guard.blockOf(connect);
    if (block) return refuse({ kind: 'login-blocked', ...block });
    const login = readLogin(connect);
    if (!login.ok) return login;
    const connected = await decide(login.value, connect, loginParts);
    if (!connected.ok && isWrongPassword(connected.failure)) guard.failed(connect);
    return connected;
  };
}

async function decide(
  login: Login,
  { isPrivate }: Connect,
  parts: LoginParts,
): Promise<Result<Connected>> {
  switch (login.kind) {
    case 'secret':
      return secretLogin(login, parts);
    case 'automatic':
      return automaticLogin(login, parts);
    case 'connwl':
      return dynamicLogin(login, parts);
    case 'guided':
      return guidedLogin(login, parts);
    case 'register':
    case 'regnwl':
      if (!parts.canPush) return refuse(CANNOT_PUSH);
      if (!isPrivate) return refuse(NOT_PRIVATE);
      return login.kind === 'register' ? registerLogin(login, parts) : regnwlLogin(login, parts);
  }
}

const CANNOT_PUSH: Failure = {
  kind: 'login-unsupported',
  reason:
    'this broker cannot push what a registration gives: use POST /auth/register/device, auto-registration or the embedded broker',
};

const NOT_PRIVATE: Failure = {
  kind: 'transport-refused',
  reason: 'a registration needs TLS',
};

/** Guesses, as against a device that may not come in for another reason. */
function isWrongPassword({ kind }: Failure): boolean {
  return WRONG_PASSWORDS.has(kind);
}

const WRONG_PASSWORDS: ReadonlySet<Failure['kind']> = new Set([
  'signature-mismatch',
  'unknown-product',
  'unknown-device',
  'token-absent',
  'token-malformed',
  'token-forged',
]);
