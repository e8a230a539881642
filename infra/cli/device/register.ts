import { randomBytes } from 'node:crypto';
import { readJsonObject } from '../../../shared/core/alink/decode-json.ts';
import { CommandError } from '../command.ts';
import {
  deviceLogin,
  type Login,
  type RegistrationKind,
  registrationLogin,
  tokenLogin,
} from './login.ts';
import { type Address, isTls, openConnection } from './mqtt-connection.ts';
import type { DeviceName } from './simulated-device.ts';

type Registering = DeviceName & { productSecret: string };

/** The server closes the connection by then (protocol.md 3.6). */
const PUSH_WITHIN_MS = 15_000;
const RANDOM_BYTES = 8;

/**
 * Gets an identity over MQTT, and returns what to sign in with. What the server pushes is never shown:
 * it holds a secret.
 * @throws CommandError where the server refuses it or pushes nothing.
 */
export async function register(
  kind: RegistrationKind,
  registering: Registering,
  address: Address,
): Promise<Login> {
  const random = randomBytes(RANDOM_BYTES).toString('hex');
  let push: (payload: Uint8Array) => void = () => undefined;
  const pushed = new Promise<Uint8Array>((resolve) => {
    push = resolve;
  });
  const client = await openConnection({
    name: registering,
    login: registrationLogin(kind, registering, random),
    address,
    prepare: (one) => one.on('message', (_, payload) => push(payload)),
  });
  client.on('error', () => undefined);
  const closed = new Promise<undefined>((resolve) =>
    client.once('close', () => resolve(undefined)),
  );
  const timer = setTimeout(() => client.end(true), PUSH_WITHIN_MS);
  const payload = await Promise.race([pushed, closed]);
  clearTimeout(timer);
  await client.endAsync();
  const login = payload && loginOf(payload, registering, address);
  if (login) return login;
  throw new CommandError(
    `${address.url} pushed no identity for ${registering.productKey}/${registering.deviceName}. The log of the server may say more.`,
  );
}

function loginOf(payload: Uint8Array, name: DeviceName, address: Address): Login | undefined {
  const identity = readJsonObject(payload);
  if (!identity) return undefined;
  const { productKey, deviceName } = name;
  const { deviceSecret, clientId, deviceToken } = identity;
  if (typeof deviceSecret === 'string') {
    return deviceLogin({ productKey, deviceName, deviceSecret }, { isTls: isTls(address) });
  }
  if (typeof clientId !== 'string' || typeof deviceToken !== 'string') return undefined;
  return tokenLogin(name, { clientId, deviceToken });
}
