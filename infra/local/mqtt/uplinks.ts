import type { Aedes, PublishPacket } from 'aedes';
import type { DeviceDirectory } from '../../../shared/core/devices/device-directory.ts';
import type { MessageRate } from '../../../shared/core/rate/message-rate.ts';
import { MESSAGES_PER_SECOND } from '../../../shared/core/rate/message-rate.ts';
import { mayUseRecord } from '../../../shared/core/topic/system-topics.ts';
import { takeUplink } from '../../../shared/core/uplink/take-uplink.ts';
import type { Taken, UplinkParts } from '../../../shared/core/uplink/uplink.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { type Failure, ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { BrokerCounts } from './broker-counts.ts';
import type { Connections, DeviceConnection } from './connections.ts';
import { isSubscribed, type Sender } from './outgoing.ts';
import { isSameDevice } from './same-device.ts';

type PublishParts = UplinkParts & {
  connections: Connections;
  directory: DeviceDirectory;
  sender: Sender;
  rate: MessageRate;
  counts: BrokerCounts;
  log: Log;
};

/**
 * Takes what a device publishes, and acknowledges it when the bus has it for good. What is not for this
 * device gets no PUBACK (protocol.md 3.9). aedes is left a packet of QoS 0: its own PUBACK would go out
 * whether or not, and costs a fifth of a post.
 */
export function createAuthorizePublish(parts: PublishParts): Aedes['authorizePublish'] {
  const holdBack = createBrake(parts.log);
  return (client, packet, done) => {
    const connection = client ? parts.connections.of(client) : undefined;
    if (connection?.kind !== 'device') return done(new Error('only devices publish'));
    if (packet.qos === 2) return done(new Error('QoS 2 is not supported'));
    const messageId = packet.qos === 1 ? packet.messageId : undefined;
    packet.qos = 0;
    const attempt = (): void => {
      take(connection, packet, parts).then(
        (taken) => {
          parts.counts.uplinks.count(taken);
          // At QoS 1 the device waits for the answer, for ever if need be: it is only taken later.
          const later = messageId === undefined ? () => done(null) : attempt;
          if (taken === 'over-rate') return holdBack(connection, later);
          if (taken === 'taken' && messageId !== undefined) acknowledge(connection, messageId);
          done(null);
        },
        (error: unknown) => {
          const { device } = connection;
          parts.log.error({ error, device, topic: packet.topic }, 'uplink failed');
          done(null);
        },
      );
    };
    attempt();
  };
}

function acknowledge({ client }: DeviceConnection, messageId: number): void {
  if (client.closed) return;
  client.conn.write(Buffer.from([PUBACK, PUBACK_REST_BYTES, messageId >> 8, messageId & 0xff]));
}

/** MQTT 3.1.1, 3.4. */
const PUBACK = 0x40;
const PUBACK_REST_BYTES = 2;

/**
 * Holds a device that is over its rate back: aedes reads on when it is done with all packets of a chunk,
 * and for these that is when their second is over. What the device sends meanwhile waits on its side,
 * and costs the other devices nothing.
 */
function createBrake(log: Log): (connection: DeviceConnection, later: () => void) => void {
  const held = new Map<DeviceConnection, (() => void)[]>();
  return (connection, later) => {
    const waiting = held.get(connection);
    if (waiting) {
      waiting.push(later);
      return;
    }
    const released = [later];
    held.set(connection, released);
    setTimeout(() => {
      held.delete(connection);
      const { client, device } = connection;
      const messages = released.length;
      log.warn({ device, messages, limitPerSecond: MESSAGES_PER_SECOND }, 'over rate: held back');
      if (!client.closed) for (const release of released) release();
    }, HELD_MS);
  };
}

const HELD_MS = 1000;

/** `withheld` gets no PUBACK. */
type Outcome = 'taken' | 'withheld' | 'over-rate';

/**
 * Posts go to the bus in the order in which they come. Requests that read and write a record, as those
 * for tags and desired values, wait for the one before: else they would overtake each other.
 */
function take(
  connection: DeviceConnection,
  packet: PublishPacket,
  parts: PublishParts,
): Promise<Outcome> {
  if (!mayUseRecord(packet.topic)) return takeNow(connection, packet, parts);
  const taken = connection.lastRequest.then(() => takeNow(connection, packet, parts));
  connection.lastRequest = taken.catch(() => undefined);
  return taken;
}

async function takeNow(
  connection: DeviceConnection,
  packet: PublishPacket,
  parts: PublishParts,
): Promise<Outcome> {
  const admission = admit(connection, parts);
  const admitted = admission instanceof Promise ? await admission : admission;
  if (!admitted.ok) {
    if (admitted.failure.kind === 'rate-exceeded') return 'over-rate';
    return refused(connection, packet, admitted.failure, parts);
  }
  const { topic, payload } = packet;
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const taken = await takeUplink(
    { device: admitted.value, topic, body, transport: 'mqtt', wantsReplies: listens(connection) },
    parts,
  );
  sendReplies(connection, taken, parts.sender);
  if (taken.outcome.ok) return 'taken';
  return refused(connection, packet, taken.outcome.failure, parts);
}

/** The record, at most 10 s old, if the device may still send; without a wait where it is kept. */
function admit(
  connection: DeviceConnection,
  parts: PublishParts,
): Result<DeviceRecord> | Promise<Result<DeviceRecord>> {
  const kept = parts.directory.find(connection.device);
  if (!(kept instanceof Promise) && isSameDevice(connection, kept)) {
    return admitRecord(connection, kept, parts);
  }
  return admitAnew(connection, parts);
}

/** A kept record may be of a device that had the name before, or the secret: not older than the sign-in. */
async function admitAnew(
  connection: DeviceConnection,
  parts: PublishParts,
): Promise<Result<DeviceRecord>> {
  const { device, signedInAtMs } = connection;
  const record = await parts.directory.refresh(device, signedInAtMs);
  return admitRecord(connection, record, parts);
}

function admitRecord(
  connection: DeviceConnection,
  record: DeviceRecord | undefined,
  { rate }: PublishParts,
): Result<DeviceRecord> {
  const { iotId } = connection;
  if (!isSameDevice(connection, record)) return gone('deleted', connection);
  if (record.status === 'DISABLED') return gone('disabled', connection);
  if (rate.allow(iotId)) return ok(record);
  return refuse({ kind: 'rate-exceeded', limitPerSecond: MESSAGES_PER_SECOND });
}

function gone(reason: 'deleted' | 'disabled', { client }: DeviceConnection) {
  client.close();
  return refuse({ kind: 'token-identity-gone', reason });
}

/** Many a device publishes and subscribes to nothing. */
function listens({ session, extensions }: DeviceConnection): boolean {
  return session.filters.length > 0 || extensions.systemTopics;
}

/** They go out behind the PUBACK or before it: both are allowed. */
function sendReplies(connection: DeviceConnection, { replies }: Taken, { sendNow }: Sender): void {
  for (const reply of replies) {
    if (isSubscribed(connection, reply.topic)) sendNow(connection, { ...reply, qos: 0 });
  }
}

function refused(
  { device }: DeviceConnection,
  { topic }: PublishPacket,
  failure: Failure,
  { log }: PublishParts,
): Outcome {
  log.warn(
    { device, topic: topic.slice(0, LOGGED_CHARACTERS), refused: failure },
    'message refused',
  );
  return isAcknowledged(failure) ? 'taken' : 'withheld';
}

/** What came whole is acknowledged, though its content was refused: sent again it would be no better. */
function isAcknowledged(failure: Failure): boolean {
  switch (failure.kind) {
    case 'topic-refused':
    case 'rate-exceeded':
    case 'publish-failed':
    case 'unknown-product':
    case 'token-identity-gone':
      return false;
    default:
      return true;
  }
}

const LOGGED_CHARACTERS = 128;
