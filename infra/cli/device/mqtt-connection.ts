import type { IClientOptions, MqttClient } from 'mqtt';
import { CommandError } from '../command.ts';
import { explainConnection } from './explain-connection.ts';
import type { Login } from './login.ts';
import type { DeviceName } from './simulated-device.ts';

/** How to reach a broker. */
export type Address = {
  url: string;
  /** PEM; absent: what this machine trusts. */
  ca?: Buffer;
};

export type Connecting = {
  name: DeviceName;
  login: Login;
  address: Address;
  /** Whether the broker keeps what it cannot deliver, from one connection to the next. */
  keepsSession?: boolean;
  /** Also after a refusal, which may end: a device is enabled again, a minute is over. 0: never. */
  reconnectMs?: number;
  /** Called before anything can arrive. */
  prepare?(client: MqttClient): void;
};

/** Below five connects a minute (protocol.md 3.9). */
export const RECONNECT_MS = 13_000;

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 60;

/**
 * Resolves when the broker has let the device in. Loads the client only here.
 * @throws CommandError that says why it was not, and what to do.
 */
export async function openConnection(connecting: Connecting): Promise<MqttClient> {
  const { address, prepare } = connecting;
  const { default: mqtt } = await import('mqtt');
  const client = mqtt.connect(address.url, optionsOf(connecting));
  prepare?.(client);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('the connection was closed')));
    });
  } catch (cause) {
    client.on('error', () => undefined);
    client.end(true);
    throw new CommandError(explainConnection(cause, triedBy(connecting)), { cause });
  }
  return client;
}

/** What the explanation of a failure names. */
export function triedBy({ name, login, address }: Pick<Connecting, 'name' | 'login' | 'address'>) {
  const { productKey, deviceName } = name;
  return { productKey, deviceName, url: address.url, clientId: login.clientId };
}

function optionsOf({ login, address, ...more }: Connecting): IClientOptions {
  return {
    ...login,
    ...(address.ca && { ca: address.ca }),
    clean: more.keepsSession !== true,
    reconnectPeriod: more.reconnectMs ?? 0,
    reconnectOnConnackError: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_SECONDS,
    protocolVersion: 4,
    // Done anew at each connection: one refused filter would make the client forget the others of its packet.
    resubscribe: false,
  };
}

/** Whether the connection of an address is encrypted. */
export const isTls = ({ url }: Address): boolean => /^(?:mqtts|wss):/.test(url);
