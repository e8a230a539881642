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
  let gathered: Change[] = [];
  let timer: NodeJS.Timeout | undefined;
  let telling = Promise.resolve();
  const tellAll = (): Promise<void> => {
    const changes = gathered;
    gathered = [];
    if (changes.length === 0) return telling;
    telling = telling
      .then(() => reportAll(changes, parts))
      .catch((error: unknown) => parts.log.error({ error }, 'status messages are lost'));
    timer ??= setTimeout(() => {
      timer = undefined;
      void tellAll();
    }, GATHERED_MS);
    return telling;
  };
  const gather = (status: Change['status'], connection: DeviceConnection): void => {
    gathered.push({ status, atMs: parts.nowMs(), ...factsOf(connection) });
    if (timer === undefined) void tellAll();
  };
  return {
    online: (connection) => gather('online', connection),
    offline: (connection) => gather('offline', connection),
    offlineAfterCrash: async () => {
      for (const [device, session] of [...parts.sessions.connected()]) {
        await reportCutOff(device, session, parts);
      }
    },
    settled: async () => {
      await tellAll();
      clearTimeout(timer);
    },
  };
}

/** A change is told at once; those that follow within this time cost one transaction together. */
const GATHERED_MS = 100;

type Change = Facts & { status: 'online' | 'offline'; atMs: number };

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

/** What the sessions say of who is connected first: of a device that is told online, a crash is told too. */
async function reportAll(changes: readonly Change[], parts: StatusParts): Promise<void> {
  await parts.sessions.flush();
  await Promise.all(changes.map((change) => report(change, parts)));
}

/** Member by member: a spread of an object that was spread costs as much as the message. */
function report(
  { status, atMs, device, lastAtMs, clientIp }: Change,
  { bus, newMessageId }: StatusParts,
): Promise<void> {
  const publish = (messageId: string): Promise<void> =>
    bus.publish(
      statusMessage({ status, atMs, device, lastAtMs, clientIp, messageId, transport: 'mqtt' }),
    );
  const next = newMessageId();
  return typeof next === 'string' ? publish(next) : next.then(publish);
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
  const atMs = parts.nowMs();
  const facts = { device: { ...name, iotId }, lastAtMs, clientIp };
  await report({ ...facts, status: 'offline', atMs }, parts);
  await parts.sessions.write(device, { ...session, connectedAtMs: null });
}
