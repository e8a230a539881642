import type { SessionRecord, Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import type { MessageIdSource } from '../../../shared/core/message-id/message-id-source.ts';
import { statusMessage } from '../../../shared/core/mqtt/status-message.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { MessageBus } from '../../../shared/ports/message-bus.ts';
import type { DeviceConnection } from './connections.ts';

type StatusParts = {
  bus: Pick<MessageBus, 'publish'>;
  sessions: Sessions;
  newMessageId: MessageIdSource;
  nowMs: () => number;
  log: Log;
};

/** Tells the bus that devices come and go (protocol.md 8.3). */
export type StatusReports = {
  online(connection: DeviceConnection): void;
  offline(connection: DeviceConnection): void;
  /** Of the connections that a crash cut off. */
  offlineAfterCrash(): Promise<void>;
  /** When everything that was told is durable. */
  settled(): Promise<void>;
};

export function createStatusReports(parts: StatusParts): StatusReports {
  const underWay = new Set<Promise<void>>();
  const tell = (change: Promise<void>): void => {
    const told = change
      .catch((error: unknown) => parts.log.error({ error }, 'a status message is lost'))
      .finally(() => underWay.delete(told));
    underWay.add(told);
  };
  return {
    online: (connection) => tell(report('online', factsOf(connection), parts)),
    offline: (connection) => tell(report('offline', factsOf(connection), parts)),
    offlineAfterCrash: async () => {
      for (const [device, session] of [...parts.sessions.connected()]) {
        await reportCutOff(device, session, parts);
      }
    },
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}

type Facts = {
  device: { productKey: string; deviceName: string; iotId: string };
  lastAtMs: number;
  clientIp: string;
};

function factsOf(connection: DeviceConnection): Facts {
  const { productKey, deviceName, iotId, peer } = connection;
  const device = { productKey, deviceName, iotId };
  return { device, lastAtMs: peer.lastReadAtMs, clientIp: peer.sourceIp };
}

async function report(
  status: 'online' | 'offline',
  facts: Facts,
  { bus, newMessageId, nowMs }: StatusParts,
): Promise<void> {
  const atMs = nowMs();
  const messageId = await newMessageId();
  await bus.publish(statusMessage({ ...facts, status, atMs, messageId, transport: 'mqtt' }));
}

/** The report first: a crash in between repeats it. */
async function reportCutOff(
  device: string,
  session: SessionRecord,
  parts: StatusParts,
): Promise<void> {
  const slash = device.indexOf('/');
  const { iotId, clientIp, connectedAtMs } = session;
  const name = { productKey: device.slice(0, slash), deviceName: device.slice(slash + 1) };
  const lastAtMs = connectedAtMs ?? parts.nowMs();
  await report('offline', { device: { ...name, iotId }, lastAtMs, clientIp }, parts);
  await parts.sessions.write(device, { ...session, connectedAtMs: null });
}
