import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { DeviceReference } from '../devices/registry.ts';
import {
  clientIdParameter,
  type MqttClientId,
  parseMqttClientId,
} from '../signing/mqtt-client-id.ts';
import { type MqttUsername, parseMqttUsername } from '../signing/mqtt-username.ts';
import type { Connect, Extensions } from './connection.ts';

/** A CONNECT whose parts can be what they have to be; whether the password is right is still open. */
export type NamedLogin = {
  clientId: MqttClientId;
  username: MqttUsername;
  /** Secret: a signature in hex, or a token. */
  password: string;
  extensions: Extensions;
};

/** By the way in which the password is to be checked. */
export type Login =
  | (NamedLogin & { kind: 'secret' | 'automatic' | 'register' | 'regnwl' | 'connwl' })
  | GuidedLogin;

/** With what `POST /auth/devicename` gave out (protocol.md 2.4). */
export type GuidedLogin = {
  kind: 'guided';
  iotId: string;
  iotToken: string;
  extensions: Extensions;
};

/**
 * Tells by `authType` and `securemode` of the client id how a device signs in (protocol.md 3.3, 3.6;
 * seed 004). Refuses `malformed-request`, and `login-unsupported` for ways that are not served here.
 */
export function readLogin({ clientId: whole, username, password }: Connect): Result<Login> {
  if (username === '') return unsupported('no username: X.509 certificates are not supported');
  if (whole.length > LONGEST_CLIENT_ID_CHARACTERS) return malformed('the client id is too long');
  const parsed = parseMqttClientId(whole);
  if (!parsed.ok) return parsed;
  const clientId = parsed.value;
  const kind = kindOf(clientId);
  if (!kind.ok) return kind;
  const extensions = extensionsOf(clientId);
  if (kind.value === 'guided') {
    if (!VISIBLE.test(username)) return malformed('the username is not an iotId');
    return ok({ kind: 'guided', iotId: username, iotToken: password, extensions });
  }
  const named = readUsername(username);
  if (!named.ok) return named;
  return ok({ kind: kind.value, clientId, username: named.value, password, extensions });
}

type Kind = Login['kind'];

function kindOf(clientId: MqttClientId): Result<Kind> {
  const authType = clientIdParameter(clientId, 'authType')?.toLowerCase();
  const secureMode = clientIdParameter(clientId, 'securemode');
  if (clientIdParameter(clientId, 'tokenType') !== undefined || authType === 'custom-ilop')
    return unsupported('the sign-in of the Living platform (custom-ilop)');
  if (secureMode === '8' || authType === 'id2') return unsupported('the sign-in with ID2 or iTLS');
  switch (authType) {
    case undefined:
      return ok(kindOfSecureMode(secureMode));
    case 'register':
    case 'regnwl':
      return secureMode === undefined || REGISTRATION_MODES.has(secureMode)
        ? ok(authType)
        : malformed('securemode of a registration is 2 or -2');
    case 'connwl':
      return ok('connwl');
    default:
      return unsupported('an authType that is none of register, regnwl, connwl');
  }
}

/** Without `authType`, -2 is that of seed 004; with it, that of the platform. */
function kindOfSecureMode(secureMode: string | undefined): Kind {
  if (secureMode === '-1') return 'guided';
  return secureMode === '-2' ? 'automatic' : 'secret';
}

function extensionsOf(clientId: MqttClientId): Extensions {
  const bits = Number(clientIdParameter(clientId, 'ext') ?? 0);
  return {
    customRrpc: (bits & CUSTOM_RRPC_BIT) !== 0,
    notices: (bits & NOTICES_BIT) !== 0,
    systemTopics: clientIdParameter(clientId, '_ss') === '1',
  };
}

/** Whose a username is: `deviceName&productKey`, or the iotId of a guided sign-in. Refuses as readUsername. */
export function readOwner(username: string): Result<DeviceReference> {
  const isIotId = VISIBLE.test(username) && !username.includes('&');
  return isIotId ? ok({ iotId: username }) : readUsername(username);
}

/** Refuses `malformed-request` for names that no table can hold. */
function readUsername(username: string): Result<MqttUsername> {
  const parsed = parseMqttUsername(username);
  if (!parsed.ok) return parsed;
  const { productKey, deviceName } = parsed.value;
  const isPossible = PRODUCT_KEY.test(productKey) && VISIBLE.test(deviceName);
  return isPossible ? parsed : malformed('the username names no product and device that can be');
}

const LONGEST_CLIENT_ID_CHARACTERS = 2048;
const REGISTRATION_MODES: ReadonlySet<string> = new Set(['2', '-2']);
const CUSTOM_RRPC_BIT = 1;
const NOTICES_BIT = 2;
/** Wider than protocol.md 0.6 and 0.7 have it: no more than what a table can hold. */
const PRODUCT_KEY = /^[\x21-\x7e]{1,32}$/;
const VISIBLE = /^[\x21-\x7e]{1,64}$/;

function malformed(reason: string): Refusal {
  return refuse({ kind: 'malformed-request', reason });
}

function unsupported(reason: string): Refusal {
  return refuse({ kind: 'login-unsupported', reason });
}
