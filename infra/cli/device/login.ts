import { hmac } from '../../../shared/core/signing/hmac.ts';
import { registerSign } from '../../../shared/core/signing/register-sign.ts';
import { identityContent } from '../../../shared/core/signing/sign-content.ts';
import type { DeviceName, SimulatedDevice } from './simulated-device.ts';

/** What CONNECT says of a device. `password` is as secret as what it was made of. */
export type Login = { clientId: string; username: string; password: string };

/** Ways to an identity over MQTT: of a registered device, and of one that nobody has registered. */
export type RegistrationKind = (typeof REGISTRATION_KINDS)[number];

export const REGISTRATION_KINDS = ['register', 'regnwl'] as const;

const METHOD = 'hmacsha256';

/** Custom RRPC and `/ext/error` besides (protocol.md 3.3). */
const EXTENSIONS = 'ext=3';

/** With the secret of the device (protocol.md 3.2). `clientId`: what stands before the first pipe. */
export function deviceLogin(
  { deviceSecret, ...name }: SimulatedDevice,
  { clientId = clientIdOf(name), isTls }: { clientId?: string | undefined; isTls: boolean },
): Login {
  const content = identityContent({ ...name, clientId });
  return {
    clientId: `${clientId}|securemode=${isTls ? 2 : 3},signmethod=${METHOD},${EXTENSIONS}|`,
    username: usernameOf(name),
    password: hmac(METHOD, deviceSecret, content).toString('hex'),
  };
}

/** With the secret of the product, for an identity (protocol.md 3.6). */
export function registrationLogin(
  kind: RegistrationKind,
  { productSecret, ...name }: DeviceName & { productSecret: string },
  random: string,
): Login {
  const securemode = kind === 'regnwl' ? -2 : 2;
  const parameters = `securemode=${securemode},authType=${kind},random=${random},signmethod=${METHOD}`;
  return {
    clientId: `${clientIdOf(name)}|${parameters}|`,
    username: usernameOf(name),
    password: registerSign({ ...name, random }, METHOD, productSecret),
  };
}

/** With the token of a device that nobody has registered (protocol.md 3.6). */
export function tokenLogin(
  name: DeviceName,
  { clientId, deviceToken }: { clientId: string; deviceToken: string },
): Login {
  return {
    clientId: `${clientId}|securemode=-2,authType=connwl,${EXTENSIONS}|`,
    username: usernameOf(name),
    password: deviceToken,
  };
}

const clientIdOf = ({ productKey, deviceName }: DeviceName) => `${productKey}.${deviceName}`;

const usernameOf = ({ productKey, deviceName }: DeviceName) => `${deviceName}&${productKey}`;
