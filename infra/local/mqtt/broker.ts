import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Aedes, type Client } from 'aedes';
import { openSessions, type Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import type { DeviceDirectory } from '../../../shared/core/devices/device-directory.ts';
import type { ConnectDevice } from '../../../shared/core/mqtt/connection.ts';
import { createRefusalLog } from '../../../shared/core/mqtt/refusal-log.ts';
import { createMessageRate, type MessageRate } from '../../../shared/core/rate/message-rate.ts';
import type { UplinkParts } from '../../../shared/core/uplink/uplink.ts';
import type { Downlink } from '../../../shared/ports/downlink.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import { createFrameGuard, guardSocket } from '../net/frame-guard.ts';
import { createHandshakeLog } from '../net/handshake-log.ts';
import { type FailedHandshake, openPort } from '../net/tls-or-plain.ts';
import { openWebSocketPort } from '../net/web-socket.ts';
import { type BrokerCounts, createBrokerCounts } from './broker-counts.ts';
import {
  type Connections,
  createConnections,
  type Peer,
  type RegistrationConnection,
} from './connections.ts';
import { createEmbeddedDownlink } from './embedded-downlink.ts';
import { createSender, type Sender } from './outgoing.ts';
import { createPersistence, packetOf } from './persistence.ts';
import { createSignIn } from './sign-in.ts';
import { createStatusReports, type StatusReports } from './status.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createAuthorizePublish } from './uplinks.ts';

export type LocalBroker = {
  port: number;
  wsPort: number;
  downlink: Downlink;
  /** How many devices are connected. */
  connections(): number;
  counts: BrokerCounts;
  /** Ends every connection, when their status messages are durable. */
  stop(): Promise<void>;
};

export type BrokerOptions = {
  config: Pick<Config, 'dataDir' | 'sync' | 'mqtt'>;
  connectDevice: ConnectDevice;
  directory: DeviceDirectory;
  /** Of all messages of a device, whichever way they come. */
  rate: MessageRate;
  uplink: UplinkParts;
  log: Log;
  nowMs: () => number;
};

/**
 * The MQTT broker of the local stack (protocol.md 3), on aedes, which speaks the protocol and keeps
 * time. Who may sign in, publish and subscribe is decided here, and messages go to devices straight
 * from here: no message of one device is ever routed to another.
 */
export async function startBroker(options: BrokerOptions): Promise<LocalBroker> {
  const { config, nowMs, log } = options;
  const path = join(config.dataDir, 'mqtt');
  const sessions = await openSessions({
    path,
    sync: config.sync,
    onFault: (error) => log.error({ error }, 'sessions are lost'),
  });
  const connections = createConnections();
  const sender = createSender({ sessions, nowMs });
  const status = createStatusReports({ ...options.uplink, sessions, log });
  await status.offlineAfterCrash();
  const counts = createBrokerCounts();
  const parts = { ...options, sessions, connections, sender, status, counts };
  const { aedes, accept } = createAedes(parts);
  await aedes.listen();
  const ports = await openPorts(config.mqtt, accept, createHandshakeLog(options));
  const sweeping = startSweeps(parts);
  return {
    port: ports.port,
    wsPort: ports.wsPort,
    downlink: createEmbeddedDownlink({
      ...parts,
      rate: createMessageRate({ limitPerSecond: DOWNLINKS_PER_SECOND, nowMs }),
    }),
    connections: () => aedes.connectedClients,
    counts,
    stop: async () => {
      clearInterval(sweeping);
      const closing = ports.stop();
      await new Promise<void>((resolve) => aedes.close(resolve));
      await closing;
      await status.settled();
      await sessions.close();
    },
  };
}

type Parts = BrokerOptions & {
  sessions: Sessions;
  connections: Connections;
  sender: Sender;
  status: StatusReports;
  counts: BrokerCounts;
};

type Accept = (stream: Duplex, peer: { sourceIp: string; isTls: boolean }) => void;

function createAedes(parts: Parts): { aedes: Aedes; accept: Accept } {
  const { connections, nowMs, log } = parts;
  const subscriptions = createSubscriptions(parts);
  const aedes = new Aedes({
    ...createSignIn(parts),
    authorizePublish: createAuthorizePublish({ ...parts.uplink, ...parts }),
    authorizeSubscribe: subscriptions.authorize,
    persistence: {
      ...createPersistence(parts),
      removeSubscriptions: subscriptions.remove,
    },
    mq: NO_ROUTING,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxClientsIdLength: LONGEST_CLIENT_ID_CHARACTERS,
    queueLimit: MOST_PIPELINED_PACKETS,
  });
  // Uplinks went to the bus when they were authorized, and aedes' own news interest nobody.
  aedes.publish = (...args: unknown[]) => {
    const done = args.at(-1);
    if (typeof done === 'function') done(null);
  };
  aedes.on('unsubscribe', (filters, client) => {
    // Of a clean session aedes tells here alone, and at its end too.
    if (!client.clean || client.closed) return;
    subscriptions.remove(client, filters).catch((error) => log.error({ error }, 'session lost'));
  });
  followConnections(aedes, parts);
  const refusals = createRefusalLog('MQTT connection refused', parts);
  const refused = (sourceIp: string, reason: string) =>
    refusals.refused({ username: '', sourceIp }, { kind: 'malformed-request', reason });
  const cutOff = (client: Client | undefined, sourceIp: string) => {
    const connection = client && connections.of(client);
    if (connection?.kind !== 'device') return refused(sourceIp, UNREADABLE);
    log.warn({ device: connection.device, reason: UNREADABLE }, 'MQTT connection ended');
  };
  aedes.on('connectionError', (client, error) =>
    refused(connections.sourceIpOf(client), error.message),
  );
  const accept: Accept = (stream, { sourceIp, isTls }) => {
    const guard = createFrameGuard(LARGEST_PACKET_BYTES);
    const peer: Peer = {
      sourceIp,
      isTls,
      lastReadAtMs: nowMs(),
      keepaliveSeconds: 0,
      admit: guard.admit,
    };
    const watched = {
      accept: (chunk: Buffer) => {
        peer.lastReadAtMs = nowMs();
        return guard.accept(chunk);
      },
    };
    let client: Client | undefined;
    guardSocket(stream, watched, () => cutOff(client, sourceIp));
    client = aedes.handle(stream);
    connections.arrive(client, peer);
  };
  return { aedes, accept };
}

const UNREADABLE = 'a packet is too large or malformed';

function followConnections(aedes: Aedes, parts: Parts): void {
  const { connections, sessions, sender, status, log } = parts;
  aedes.on('client', (client) => {
    const connection = connections.of(client);
    if (connection?.kind !== 'device') return;
    connections.enter(connection);
    sessions.note(connection.device, connection.session);
    status.online(connection);
  });
  aedes.on('connackSent', ({ returnCode }, client) => {
    const connection = connections.of(client);
    if (returnCode === 0 && connection?.kind === 'device') connection.isReady = true;
  });
  aedes.on('clientReady', (client) => {
    const connection = connections.of(client);
    if (connection?.kind === 'registration') handOver(connection);
    if (connection?.kind !== 'device' || !connection.session.persistent) return;
    sender.replay(connection).catch((error: unknown) => {
      log.error({ error, device: connection.device }, 'kept messages cannot be sent');
      client.close();
    });
  });
  aedes.on('clientDisconnect', (client) => {
    const connection = connections.of(client);
    if (connection?.kind !== 'device') return;
    connection.isReady = false;
    status.offline(connection);
    const { device, productKey, deviceName } = connection;
    if (connections.find(productKey, deviceName) !== connection) return;
    connections.leave(connection);
    sessions.note(device, { ...connection.session, connectedAtMs: null });
  });
  aedes.on('clientError', (client, error) => {
    // Of a refused sign-in the refusal tells.
    const connection = connections.of(client);
    if (connection?.kind !== 'device') return;
    log.info({ device: connection.device, reason: error.message }, 'MQTT connection ended');
  });
}

/** Without a subscription; then the client has its time to leave (protocol.md 3.6). */
function handOver({ client, registration }: RegistrationConnection): void {
  const { topic, payload } = registration.push;
  client.deliver0(packetOf({ topic, payload: Buffer.from(payload), qos: 0 }), () => undefined);
  const leave = setTimeout(() => client.close(), REGISTRATION_MS);
  client.conn.once('close', () => clearTimeout(leave));
}

async function openPorts(
  mqtt: Config['mqtt'],
  accept: Accept,
  onFailedHandshake: (failed: FailedHandshake) => void,
) {
  const { host, tls } = mqtt;
  const shared = { host, onFailedHandshake, ...(tls && { tls }) };
  const tcp = await openPort({
    ...shared,
    port: mqtt.port,
    variables: 'MOORING_HOST and MOORING_MQTT_PORT (0 picks a free one)',
    awaitsFirstByte: false,
    onConnection: (socket, { isTls }) =>
      accept(socket, { isTls, sourceIp: socket.remoteAddress ?? '' }),
  });
  const opening = openWebSocketPort({
    ...shared,
    port: mqtt.wsPort,
    variables: 'MOORING_HOST and MOORING_MQTT_WS_PORT (0 picks a free one)',
    onConnection: (stream, { isTls, remoteAddress }) =>
      accept(stream, { isTls, sourceIp: remoteAddress }),
  });
  const ws = await opening.catch(async (error: unknown) => {
    await tcp.stop();
    throw error;
  });
  return {
    port: tcp.port,
    wsPort: ws.port,
    stop: async () => {
      await Promise.all([tcp.stop(FAREWELL_MS), ws.stop(FAREWELL_MS)]);
    },
  };
}

/** A slice of what waits at a time. */
function startSweeps({ sessions, nowMs, log }: Parts): NodeJS.Timeout {
  return setInterval(() => {
    sessions
      .sweep(nowMs(), SWEPT_MESSAGES)
      .catch((error: unknown) => log.error({ error }, 'sweep of kept messages failed'));
  }, SWEEP_INTERVAL_MS);
}

/** What aedes would route messages with. */
const NO_ROUTING = {
  on: (_topic: string, _deliver: unknown, done?: () => void) => done?.(),
  removeListener: (_topic: string, _deliver: unknown, done?: () => void) => done?.(),
  emit: (_packet: unknown, done?: () => void) => done?.(),
  close: (done: () => void) => done(),
};

/** Protocol.md 3.9: 256 KB, with its topic and header. */
const LARGEST_PACKET_BYTES = 256 * 1024 + 1024;
const DOWNLINKS_PER_SECOND = 50;
const REGISTRATION_MS = 15_000;
const CONNECT_TIMEOUT_MS = 15_000;
/** What was written to a connection may still leave. */
const FAREWELL_MS = 1000;
const LONGEST_CLIENT_ID_CHARACTERS = 1024;
const MOST_PIPELINED_PACKETS = 42;
/** They are read with their payloads, of up to 256 KB each. */
const SWEPT_MESSAGES = 50;
const SWEEP_INTERVAL_MS = 10_000;
