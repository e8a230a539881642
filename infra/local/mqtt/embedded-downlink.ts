import type { Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import { NOTICES } from '../../../shared/core/alink/error-notice.ts';
import type { DeviceDirectory, DeviceKey } from '../../../shared/core/devices/device-directory.ts';
import type { MessageRate } from '../../../shared/core/rate/message-rate.ts';
import { matchesFilter } from '../../../shared/core/topic/matches-filter.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import type { Delivery, Downlink, DownlinkMessage } from '../../../shared/ports/downlink.ts';
import type { BrokerCounts } from './broker-counts.ts';
import type { Connections, DeviceConnection } from './connections.ts';
import { dismiss, isSubscribed, type Sender } from './outgoing.ts';
import { isSameDevice } from './same-device.ts';

type DownlinkParts = {
  sessions: Sessions;
  connections: Connections;
  sender: Sender;
  directory: DeviceDirectory;
  /** Of what the server side sends: 50 a second and device (protocol.md 3.9). */
  rate: MessageRate;
  counts: BrokerCounts;
  nowMs: () => number;
};

/** The way to the devices of the embedded broker. */
export function createEmbeddedDownlink(parts: DownlinkParts): Downlink {
  const { connections, sender } = parts;
  return {
    publish: async (message) => {
      const delivery = await publish(message, parts);
      parts.counts.downlinks.count(delivery);
      return delivery;
    },
    broadcast: async ({ productKey, topic, payload }) => {
      for (const connection of connections.ofProduct(productKey)) {
        if (isSubscribed(connection, topic)) sender.sendNow(connection, { topic, payload, qos: 0 });
      }
    },
    connectedDevices: async (productKey) =>
      [...connections.ofProduct(productKey)].map(({ deviceName }) => deviceName),
    disconnect: async (device) => {
      const { productKey, deviceName } = device;
      const name: DeviceKey = `${productKey}/${deviceName}`;
      const record = await parts.directory.refresh(name, parts.nowMs());
      const connection = connections.find(productKey, deviceName);
      if (connection) await dismiss(connection, reasonOf(connection, record));
      if (!record) await forget(name, parts.sessions);
    },
    liveness: async ({ productKey, deviceName }, sinceMs) => {
      const connection = connections.find(productKey, deviceName);
      if (!connection) return 'unknown';
      return connection.peer.lastReadAtMs >= sinceMs ? 'alive' : 'half-open';
    },
    close: async () => undefined,
  };
}

/** None for a device that was reset: it is to sign in anew. */
function reasonOf({ iotId }: DeviceConnection, record: DeviceRecord | undefined) {
  if (record?.iotId !== iotId) return NOTICES.deleted;
  return record.status === 'DISABLED' ? NOTICES.disabled : undefined;
}

/** Of a device that was deleted nothing waits. */
async function forget(device: string, sessions: Sessions): Promise<void> {
  await sessions.clear(device);
  await sessions.remove(device);
}

async function publish(message: DownlinkMessage, parts: DownlinkParts): Promise<Delivery> {
  const { productKey, deviceName, topic } = message;
  const record = await recordOf(message, parts);
  if (!record || record.status === 'DISABLED') return 'offline';
  const connected = () => currentOf(parts.connections.find(productKey, deviceName), record.iotId);
  const connection = connected();
  if (message.isOwed !== true && !parts.rate.allow(record.iotId)) return 'rate-exceeded';
  if (connection) {
    if (!isSubscribed(connection, topic)) return 'unsubscribed';
    if (!isKept(message, connection.session.persistent)) {
      return parts.sender.sendNow(connection, message);
    }
  } else if (!isKept(message, waitsFor(message, record.iotId, parts.sessions))) {
    return 'offline';
  }
  return parts.sender.keepAndSend(`${productKey}/${deviceName}`, message, connected);
}

/** At most 10 s old, and not older than the sign-in of whoever is connected under the name. */
async function recordOf(
  { productKey, deviceName }: DownlinkMessage,
  { connections, directory }: DownlinkParts,
) {
  const kept = await directory.find(`${productKey}/${deviceName}`);
  const connection = connections.find(productKey, deviceName);
  if (!connection || isSameDevice(connection, kept)) return kept;
  return directory.refresh(connection.device, connection.signedInAtMs);
}

/** A connection of a device that was deleted and made again since is nobody's. */
function currentOf(connection: DeviceConnection | undefined, iotId: string) {
  return connection?.iotId === iotId ? connection : undefined;
}

function isKept({ qos, isTransient }: DownlinkMessage, persistent: boolean): boolean {
  return qos === 1 && persistent && isTransient !== true;
}

/** Whether a device that is away gets the message when it comes back. */
function waitsFor(
  { productKey, deviceName, topic }: DownlinkMessage,
  iotId: string,
  sessions: Sessions,
): boolean {
  const session = sessions.read(`${productKey}/${deviceName}`);
  if (session?.iotId !== iotId || !session.persistent) return false;
  return session.filters.some((filter) => matchesFilter(filter, topic));
}
