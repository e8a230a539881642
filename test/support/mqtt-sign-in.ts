import { createHmac } from 'node:crypto';
import { createConnectDevice } from '../../shared/core/mqtt/connect-device.ts';
import type { ConnectParts } from '../../shared/core/mqtt/connect-parts.ts';
import { createLocalConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import type { Connect, Connected } from '../../shared/core/mqtt/connection.ts';
import { findProduct, openProductSecret } from '../../shared/core/products/products.ts';
import {
  changeRegistration,
  DEFAULT_REGISTRATION,
} from '../../shared/core/products/registration-settings.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import type { Result } from '../../shared/model/failure.ts';
import type { Store } from '../../shared/ports/table.ts';
import { createMemoryParts, type MemoryParts } from './memory-parts.ts';
import { accepted, registerTestDevice, type TestDevice } from './test-device.ts';

export type MqttSignIn = {
  parts: MemoryParts;
  device: TestDevice;
  productKey: string;
  productSecret: string;
  /** From 192.0.2.1 over TLS. */
  connect(connect: Credentials & Partial<Connect>): Promise<Result<Connected>>;
  /** The stored record. */
  stored(deviceName?: string): Promise<DeviceRecord | undefined>;
  switchTo(changes: { dynamicRegistration?: boolean; autoRegistration?: boolean }): Promise<void>;
};

export type Credentials = Pick<Connect, 'clientId' | 'username' | 'password'>;

type Options = {
  parts?: MemoryParts;
  watched?: (store: Store) => Store;
  connectsPerMinute?: number;
} & Partial<Pick<ConnectParts, 'canPush'>>;

/** Sign-in over memory, with one device that has not signed in yet and all registrations off. */
export async function openMqttSignIn(options: Options = {}): Promise<MqttSignIn> {
  const memory = options.parts ?? createMemoryParts();
  const parts = { ...memory, store: options.watched?.(memory.store) ?? memory.store };
  const product = { registration: DEFAULT_REGISTRATION };
  const device = await registerTestDevice(parts, { product });
  const { productKey } = device;
  const record = accepted(await findProduct(productKey, parts.store));
  const limitPerMinute = options.connectsPerMinute ?? 1000;
  const rate = createLocalConnectRate({ limitPerMinute, nowMs: parts.nowMs });
  const connectDevice = createConnectDevice({ ...parts, rate, canPush: options.canPush ?? true });
  return {
    parts,
    device,
    productKey,
    productSecret: openProductSecret(record, parts.sealing),
    connect: (connect) => connectDevice({ sourceIp: '192.0.2.1', isPrivate: true, ...connect }),
    stored: async (deviceName = device.deviceName) => {
      const key = { partition: productKey, sort: deviceName };
      return (await parts.store.table('devices').read(key))?.value;
    },
    switchTo: async (changes) => {
      accepted(await changeRegistration(productKey, { ...changes, certificates: {} }, parts.store));
    },
  };
}

type Signer = { productKey: string; deviceName: string };

/** What the Link SDK sends, worked out from protocol.md 3.2 alone. `parameters` stand in the client id. */
export function signedConnect(
  { productKey, deviceName, deviceSecret }: Signer & { deviceSecret: string },
  { parameters = 'securemode=3,signmethod=hmacsha1', clientId = 'client-1' } = {},
): Credentials {
  const [, method = 'hmacmd5'] = /signmethod=(\w+)/.exec(parameters) ?? [];
  const [, timestamp] = /timestamp=(\w+)/.exec(parameters) ?? [];
  const time = timestamp === undefined ? '' : `timestamp${timestamp}`;
  const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}${time}`;
  return {
    clientId: `${clientId}|${parameters}|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac(method.replace('hmac', ''), deviceSecret).update(content).digest('hex'),
  };
}

/** What a device without a secret sends, worked out from protocol.md 3.6 alone. */
export function registeringConnect(
  { productKey, deviceName }: Signer,
  productSecret: string,
  { authType = 'register', securemode = '2', random = 'r1', signmethod = 'hmacsha256' } = {},
): Credentials {
  const content = `deviceName${deviceName}productKey${productKey}random${random}`;
  const digest = signmethod.replace('hmac', '');
  const parameters = `securemode=${securemode},authType=${authType},random=${random},signmethod=${signmethod}`;
  return {
    clientId: `${deviceName}.${productKey}|${parameters}|`,
    username: `${deviceName}&${productKey}`,
    password: createHmac(digest, productSecret).update(content).digest('hex'),
  };
}

/** Seed 004: the whole client id is signed, with the secret of the product. */
export function automaticConnect(
  { productKey, deviceName }: Signer,
  secret: string,
  timestamp = '1778593628940',
): Credentials {
  const clientId = `${productKey}.${deviceName}|securemode=-2,signmethod=hmacsha256,timestamp=${timestamp}|`;
  const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${timestamp}`;
  return {
    clientId,
    username: `${deviceName}&${productKey}`,
    password: createHmac('sha256', secret).update(content).digest('hex'),
  };
}

export type Issued = { clientId: string; deviceToken: string };

/** @throws Error unless it is the push of a registration. */
export function pushOf(connected: Result<Connected>): { topic: string; payload: string } {
  const { value } = { value: accepted(connected) };
  if (value.kind !== 'registration') throw new Error('the connection registers nothing');
  return value.push;
}

export function issuedBy(connected: Result<Connected>): Issued {
  return JSON.parse(pushOf(connected).payload);
}

/** What a device sends that was given a client id and a token (protocol.md 3.6). */
export function dynamicConnect(
  { productKey, deviceName }: Signer,
  { clientId, deviceToken }: Issued,
): Credentials {
  return {
    clientId: `${clientId}|securemode=-2,authType=connwl|`,
    username: `${deviceName}&${productKey}`,
    password: deviceToken,
  };
}

/** @throws Error if it is not refused. */
export function refusalOf(result: Result<unknown>) {
  if (result.ok) throw new Error('it was not refused');
  return result.failure;
}
