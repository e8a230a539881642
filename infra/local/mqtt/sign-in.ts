import { randomUUID } from 'node:crypto';
import type { Aedes } from 'aedes';
import type { SessionRecord, Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import { NOTICES } from '../../../shared/core/alink/error-notice.ts';
import type { DeviceKey } from '../../../shared/core/devices/device-directory.ts';
import {
  type Connect,
  type ConnectDevice,
  type Connected,
  connackCodeOf,
} from '../../../shared/core/mqtt/connection.ts';
import { createRefusalLog, type RefusalLog } from '../../../shared/core/mqtt/refusal-log.ts';
import { type Failure, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { BrokerCounts } from './broker-counts.ts';
import type { BrokerClient, Connections, Peer } from './connections.ts';
import { dismiss } from './outgoing.ts';

type SignInOptions = {
  connectDevice: ConnectDevice;
  connections: Connections;
  sessions: Sessions;
  counts: BrokerCounts;
  nowMs: () => number;
  log: Log;
};

type SignInParts = SignInOptions & { refusals: RefusalLog };

/** The two questions that aedes asks of a CONNECT. */
export type SignIn = Pick<Aedes, 'preConnect' | 'authenticate'>;

export function createSignIn(options: SignInOptions): SignIn {
  const refusals = createRefusalLog('MQTT sign-in refused', options);
  const parts: SignInParts = { ...options, refusals };
  const { connections } = options;
  return {
    preConnect: (client, packet, done) => {
      connections.peerOf(client).keepaliveSeconds = packet.keepalive ?? 0;
      // Not supported, and no reason to turn a device away (protocol.md 3.2).
      delete packet.will;
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const connect = {
        clientId: client.id,
        username: username ?? '',
        password: password?.toString('utf8') ?? '',
      };
      signIn(client as BrokerClient, connect, parts).then(
        (signedIn) => {
          if (signedIn.ok) done(null, true);
          else done(connackError(connackCodeOf(signedIn.failure), signedIn.failure), false);
        },
        (error: unknown) => {
          parts.log.error({ error, username: connect.username }, 'sign-in failed');
          done(connackError(UNAVAILABLE, 'sign-in failed'), false);
        },
      );
    },
  };
}

type Credentials = Omit<Connect, 'sourceIp' | 'isPrivate'>;

type Arrival = { client: BrokerClient; peer: Peer };

async function signIn(
  client: BrokerClient,
  { clientId, username, password }: Credentials,
  parts: SignInParts,
): Promise<Result<Connected>> {
  const peer = parts.connections.peerOf(client);
  const { sourceIp, keepaliveSeconds } = peer;
  const isPrivate = peer.isTls || isLoopback(sourceIp);
  // Member by member: spreads cost as much as the signature.
  const connect: Connect = { clientId, username, password, sourceIp, isPrivate };
  const connected = await parts.connectDevice(connect);
  const signedIn = connected.ok ? checkKeepalive(connected, keepaliveSeconds) : connected;
  if (!signedIn.ok) {
    parts.counts.signIns.count(signedIn.failure.kind);
    parts.refusals.refused(connect, signedIn.failure);
    return signedIn;
  }
  parts.counts.signIns.count('success');
  peer.admit();
  if (signedIn.value.kind === 'device') {
    await takeOver({ client, peer }, signedIn.value, parts);
    return signedIn;
  }
  client.id = `registration/${randomUUID()}`;
  client.clean = true;
  parts.connections.set(client, { kind: 'registration', client, registration: signedIn.value });
  return signedIn;
}

/** Of a registration it is not looked at (protocol.md 3.6). */
function checkKeepalive(
  connected: Extract<Result<Connected>, { ok: true }>,
  keepaliveSeconds: number,
): Result<Connected> {
  const isWithin =
    keepaliveSeconds >= LEAST_KEEPALIVE_SECONDS && keepaliveSeconds <= MOST_KEEPALIVE_SECONDS;
  if (connected.value.kind === 'registration' || isWithin) return connected;
  return refuse({ kind: 'keepalive-refused', keepaliveSeconds });
}

/**
 * aedes closes an older connection, and finds the session, by the id of the client: a device has one of
 * each, whatever client id it comes with (protocol.md 3.9).
 */
async function takeOver(
  { client, peer }: Arrival,
  { device: record, extensions, variant }: Extract<Connected, { kind: 'device' }>,
  parts: SignInParts,
): Promise<void> {
  const { connections, sessions } = parts;
  const { productKey, deviceName, iotId, generation } = record;
  const older = connections.find(productKey, deviceName);
  const device: DeviceKey = `${productKey}/${deviceName}`;
  if (older) {
    const { sourceIp } = older.peer;
    parts.log.info({ device, sourceIp: peer.sourceIp, replaced: sourceIp }, 'connection replaced');
    await dismiss(older, NOTICES.kicked);
  }
  if (variant !== 'submitted') parts.log.info({ device, variant }, 'unusual signature');
  const stored = sessions.read(device);
  const isSame = stored?.iotId === iotId;
  // Nothing can wait for a session that was clean.
  if (stored?.persistent && (client.clean || !isSame)) await sessions.clear(device);
  // It has gone meanwhile, and aedes asks no further.
  if (client.closed) return;
  const session: SessionRecord = {
    iotId,
    filters: isSame ? stored.filters : [],
    persistent: !client.clean,
    connectedAtMs: parts.nowMs(),
    clientIp: peer.sourceIp,
  };
  // Connected from when aedes has closed an older one that came meanwhile, see followConnections.
  sessions.note(device, { ...session, connectedAtMs: null });
  client.id = device;
  connections.set(client, {
    kind: 'device',
    client,
    peer,
    device,
    productKey,
    deviceName,
    iotId,
    generation,
    signedInAtMs: parts.nowMs(),
    extensions,
    session,
    unacknowledged: new Map(),
    isReady: false,
    replayedTo: 0,
    isLive: false,
    lastRequest: Promise.resolve(),
  });
}

function connackError(returnCode: number, reason: Failure | string) {
  const message = typeof reason === 'string' ? reason : reason.kind;
  return Object.assign(new Error(message), { returnCode });
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

const UNAVAILABLE = 3;

/** Protocol.md 3.2. */
const LEAST_KEEPALIVE_SECONDS = 30;
const MOST_KEEPALIVE_SECONDS = 1200;
