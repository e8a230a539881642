import type { Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import { errorNotice, type NOTICES } from '../../../shared/core/alink/error-notice.ts';
import { matchesFilter } from '../../../shared/core/topic/matches-filter.ts';
import { parseTopic } from '../../../shared/core/topic/parse-topic.ts';
import type { Delivery } from '../../../shared/ports/downlink.ts';
import type { DeviceConnection } from './connections.ts';
import { packetOf } from './persistence.ts';

/** A message on its way to one connection. */
type Outgoing = { topic: string; payload: Uint8Array; qos: 0 | 1 };

/** Sends to connected devices, and keeps what a session is to get for sure. */
export type Sender = {
  /** Over the connection or not at all: nothing is kept. */
  sendNow(connection: DeviceConnection, message: Outgoing): Delivery;
  /** Durable when it resolves; sent at once if the device is there to the end of what waits for it. */
  keepAndSend(
    device: string,
    message: Outgoing,
    connected: () => DeviceConnection | undefined,
  ): Promise<Delivery>;
  /**
   * Sends what waited, earliest first, as fast as the device reads. A message that is kept meanwhile lies
   * behind and is found by a later look; once a look finds nothing, the connection is live and such
   * messages are sent directly.
   */
  replay(connection: DeviceConnection): Promise<void>;
};

export function createSender(parts: { sessions: Sessions; nowMs: () => number }): Sender {
  const { sessions, nowMs } = parts;
  return {
    sendNow,
    keepAndSend: async (device, { topic, payload }, connected) => {
      const expiresAtMs = nowMs() + KEPT_MS;
      const sequence = await sessions.enqueue(device, { topic, payload, expiresAtMs });
      const connection = connected();
      if (!connection?.isReady) return 'stored';
      if (connection.isLive && sequence > connection.replayedTo) {
        write(connection, packetOf({ topic, payload, qos: 1, sequence }));
      }
      return 'sent';
    },
    replay: async (connection) => {
      const { client, device } = connection;
      const look = () => sessions.queued(device, connection.replayedTo, REPLAYED_AT_ONCE);
      for (let waiting = look(); waiting.length > 0; waiting = look()) {
        for (const { sequence, topic, payload, expiresAtMs } of waiting) {
          connection.replayedTo = sequence;
          const packet = packetOf({ topic, payload, qos: 1, sequence });
          if (expiresAtMs <= nowMs()) sessions.dequeue(device, sequence);
          else await new Promise<void>((resolve) => client.deliverQoS(packet, resolve));
          if (client.closed) return;
        }
      }
      connection.isLive = true;
    },
  };
}

const REPLAYED_AT_ONCE = 64;

function sendNow(connection: DeviceConnection, message: Outgoing): Delivery {
  if (!connection.isReady) return 'offline';
  write(connection, packetOf(message));
  return 'sent';
}

type Notice = (typeof NOTICES)[keyof typeof NOTICES];

/**
 * Tells a device that asked for notices why it loses its connection (protocol.md 4.13), and closes that.
 * One that reads nothing is not told: whoever takes its place would wait for it.
 */
export async function dismiss(
  connection: DeviceConnection,
  notice: Notice | undefined,
): Promise<void> {
  const { client, extensions, isReady } = connection;
  const reads = client.conn.writableLength < LEAST_UNREAD_BYTES;
  if (notice !== undefined && extensions.notices && isReady && !client.closed && reads) {
    const { topic, payload } = errorNotice(connection, notice.code, notice.message);
    const packet = packetOf({ topic, payload, qos: 0 });
    await new Promise<void>((resolve) => client.deliver0(packet, resolve));
  }
  client.close();
}

/** So far below what a stream holds back from that aedes does not wait for it. */
const LEAST_UNREAD_BYTES = 1024;

/** Does not wait for a slow reader: one that leaves too much unread is cut off, and gets what was kept later. */
function write({ client }: DeviceConnection, packet: ReturnType<typeof packetOf>): void {
  if (client.conn.writableLength > MOST_UNREAD_BYTES) {
    client.conn.destroy(new Error(`more than ${MOST_UNREAD_BYTES} bytes are unread`));
    return;
  }
  if (packet.qos === 0) client.deliver0(packet, nothing);
  else client.deliverQoS(packet, nothing);
}

function nothing(): void {
  // A slow reader is noticed by what it leaves unread.
}

/**
 * Whether the device asked for the topic. Two habits of the platform beside MQTT's own matching: after
 * `_ss=1` its topics need no subscription, and `/ext/rrpc/+` stands for the requests on every topic
 * (protocol.md 3.3, 3.11).
 */
export function isSubscribed(connection: DeviceConnection, topic: string): boolean {
  const { filters } = connection.session;
  return filters.some((filter) => matchesFilter(filter, topic)) || isImplied(connection, topic);
}

function isImplied({ session, extensions }: DeviceConnection, topic: string): boolean {
  if (topic.startsWith(CUSTOM_RRPC)) return session.filters.includes(`${CUSTOM_RRPC}+`);
  if (!extensions.systemTopics) return false;
  const parsed = parseTopic(topic);
  return parsed.ok && parsed.value.family !== 'custom' && parsed.value.family !== 'broadcast';
}

const CUSTOM_RRPC = '/ext/rrpc/';

/** Protocol.md 3.9. */
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** Eight of the largest messages. */
const MOST_UNREAD_BYTES = 2 * 1024 * 1024;
