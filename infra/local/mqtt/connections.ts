import type { Client } from 'aedes';
import type { SessionRecord } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import type { DeviceKey } from '../../../shared/core/devices/device-directory.ts';
import type { Extensions, Registration } from '../../../shared/core/mqtt/connection.ts';

/** aedes hands messages to a single client by these two, which its types leave out. */
export type BrokerClient = Client & {
  id: string;
  clean: boolean;
  deliver0(packet: OutgoingPacket, done: () => void): void;
  deliverQoS(packet: OutgoingPacket, done: () => void): void;
};

/** `brokerCounter` is the place in the line of the session, by which the acknowledgement finds it. */
export type OutgoingPacket = {
  cmd: 'publish';
  topic: string;
  payload: Buffer;
  qos: 0 | 1;
  retain: false;
  dup: boolean;
  /** Empty, so that aedes does not look for duplicates: it takes a late QoS 1 message for one. */
  brokerId: '';
  brokerCounter?: number;
};

/** What is known of a socket before and after its CONNECT. */
export type Peer = {
  sourceIp: string;
  isTls: boolean;
  lastReadAtMs: number;
  /** Of its CONNECT; 0 before that. */
  keepaliveSeconds: number;
  /** Lets packets of any kind and length in, once the client has signed in. */
  admit(): void;
};

export type DeviceConnection = {
  kind: 'device';
  client: BrokerClient;
  peer: Peer;
  device: DeviceKey;
  productKey: string;
  deviceName: string;
  iotId: string;
  generation: number;
  signedInAtMs: number;
  extensions: Extensions;
  session: SessionRecord;
  /** Packet ids under way, each with its place in the line. */
  unacknowledged: Map<number, number>;
  /** CONNACK is out: before that nothing else may be. */
  isReady: boolean;
  /** What waited has been sent up to here; what is kept from now on is sent at once when `isLive`. */
  replayedTo: number;
  isLive: boolean;
  /** Resolves, and never rejects, when the last request was done. */
  lastRequest: Promise<unknown>;
};

export type RegistrationConnection = {
  kind: 'registration';
  client: BrokerClient;
  registration: Registration;
};

type Connection = DeviceConnection | RegistrationConnection;

/** Who is connected. A device has one connection at most (protocol.md 3.9). */
export type Connections = {
  /** A client that has yet to say who it is; known until its socket has closed. */
  arrive(client: Client, peer: Peer): void;
  peerOf(client: Client): Peer;
  /** Empty once it has gone. */
  sourceIpOf(client: Client): string;
  of(client: Client): Connection | undefined;
  set(client: Client, connection: Connection): void;
  /** From the sign-in until another connection takes its place or it ends. */
  enter(connection: DeviceConnection): void;
  leave(connection: DeviceConnection): void;
  find(productKey: string, deviceName: string): DeviceConnection | undefined;
  ofProduct(productKey: string): Iterable<DeviceConnection>;
};

export function createConnections(): Connections {
  // Maps that are emptied, not weak ones: those make every collection of garbage slower.
  const peers = new Map<Client, Peer>();
  const byClient = new Map<Client, Connection>();
  const products = new Map<string, Map<string, DeviceConnection>>();
  return {
    arrive: (client, peer) => {
      peers.set(client, peer);
      const forget = () => {
        peers.delete(client);
        byClient.delete(client);
      };
      // aedes came first, and has told of the end when this is called.
      client.conn.once('close', forget);
    },
    peerOf: (client) => {
      const peer = peers.get(client);
      if (!peer) throw new Error('the client has gone');
      return peer;
    },
    sourceIpOf: (client) => peers.get(client)?.sourceIp ?? '',
    of: (client) => byClient.get(client),
    set: (client, connection) => {
      // It may have gone while its password was checked.
      if (peers.has(client)) byClient.set(client, connection);
    },
    enter: (connection) => {
      const devices = products.get(connection.productKey) ?? new Map();
      products.set(connection.productKey, devices);
      devices.set(connection.deviceName, connection);
    },
    leave: ({ client, productKey, deviceName }) => {
      const devices = products.get(productKey);
      if (devices?.get(deviceName)?.client !== client) return;
      devices.delete(deviceName);
      if (devices.size === 0) products.delete(productKey);
    },
    find: (productKey, deviceName) => products.get(productKey)?.get(deviceName),
    ofProduct: (productKey) => products.get(productKey)?.values() ?? [],
  };
}
