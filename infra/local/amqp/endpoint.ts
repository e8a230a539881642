import type { Socket } from 'node:net';
import { join } from 'node:path';
import { openLmdbGroupBacklog } from '../../../shared/adapters/lmdb/lmdb-group-backlog.ts';
import { withOpenSecret } from '../../../shared/core/lifecycle/open-secret.ts';
import { createLocalConnectRate } from '../../../shared/core/mqtt/connect-rate.ts';
import { createRefusalLog } from '../../../shared/core/mqtt/refusal-log.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Message } from '../../../shared/model/message.ts';
import type { AmqpConfig } from '../../../shared/runtime/amqp-config.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Base } from '../base.ts';
import { createHandshakeLog } from '../net/handshake-log.ts';
import { type OpenPort, openPort } from '../net/tls-or-plain.ts';
import { createAcceptedRates } from './accepted-rates.ts';
import { serveConnection } from './connection.ts';
import { serveLink } from './consumer-link.ts';
import { createRouter } from './router.ts';
import type { ConnectionParts } from './served-connection.ts';
import { createServedGroups, type ServedClient, type ServedGroups } from './served-groups.ts';
import { signIn } from './sign-in.ts';

export type AmqpEndpoint = {
  port: number;
  /** Of its own for TLS, where one is configured. */
  tlsPort?: number;
  groups: Pick<ServedGroups, 'entries'>;
  stop(): Promise<void>;
};

/** Registers on the bus under this name. */
const SUBSCRIPTIONS = 'subscriptions';

/** Of consumers and connections of a group (protocol.md 8.4). */
const MOST_CONSUMERS = 64;
const CONNECTS_PER_MINUTE = 100;
const OPENING_MS = 15_000;
/** One group puts aside what it holds before it would hold so many. */
const WINDOW = 8192;
/** From here on all of them do so sooner. */
const CROWDED = WINDOW / 2;

/**
 * The server-side subscription (protocol.md 8): consumers of the platform's, unmodified, get the messages
 * that their consumer group subscribes to.
 */
export async function startAmqpEndpoint(
  base: Base,
  { sync, dataDir }: Pick<Config, 'sync' | 'dataDir'>,
  amqp: AmqpConfig,
): Promise<AmqpEndpoint> {
  const { bus, store, log, nowMs } = base;
  const backlog = await openLmdbGroupBacklog({ path: join(dataDir, 'groups'), sync, nowMs });
  const isBusCrowded = () => router.lent() > CROWDED;
  const groups = createServedGroups({ backlog, store, log, nowMs, isBusCrowded, ...amqp });
  const router = createRouter({ store, groupOf: groups.of, log, nowMs });
  const following = bus.follow(SUBSCRIPTIONS, router.take, { window: WINDOW });
  const close = async (): Promise<void> => {
    router.stop();
    // What is put aside now is settled before the follower notes for the last time what is.
    await groups.stop();
    try {
      await following.stop();
    } finally {
      await backlog.close();
    }
  };
  try {
    const ports = await openPorts(createOnConnection(groups, base), base, amqp);
    const [port = 0, tlsPort] = ports.map((open) => open.port);
    return {
      port,
      ...(tlsPort !== undefined && { tlsPort }),
      groups,
      stop: async () => {
        await Promise.all(ports.map((open) => open.stop()));
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openPorts(
  onConnection: (socket: Socket) => void,
  { log, nowMs }: Base,
  amqp: AmqpConfig,
): Promise<OpenPort[]> {
  const options = {
    host: amqp.host,
    ...(amqp.tls && { tls: amqp.tls }),
    openingTimeoutMs: OPENING_MS,
    onFailedHandshake: createHandshakeLog({ log, nowMs }),
    onConnection,
  };
  const variables = 'MOORING_HOST and MOORING_AMQP_PORT (0 picks a free one)';
  const first = await openPort({ ...options, port: amqp.port, variables });
  if (amqp.tlsPort === undefined) return [first];
  try {
    const second = { ...options, port: amqp.tlsPort, variables: 'MOORING_AMQPS_PORT' };
    return [first, await openPort(second)];
  } catch (error) {
    await first.stop();
    throw error;
  }
}

function createOnConnection(groups: ServedGroups, base: Base): (socket: Socket) => void {
  const { log, nowMs, sealing } = base;
  const toWire = (message: Message) => withOpenSecret(message, sealing);
  const connects = createLocalConnectRate({ limitPerMinute: CONNECTS_PER_MINUTE, nowMs });
  const refusals = createRefusalLog('AMQP consumer refused', { log, nowMs });
  return (socket) => {
    const sourceIp = socket.remoteAddress ?? '';
    const address = `${sourceIp}:${socket.remotePort ?? 0}`;
    const parts: ConnectionParts = {
      signIn: (credentials) => signIn(credentials, base),
      serve: (sender, { clientId, groupId, asBase64 }, dismissWith) => {
        const group = groups.of(groupId);
        const admitted = admit(groupId, group.clients.size, connects);
        if (!admitted.ok) return admitted;
        const rates = createAcceptedRates(nowMs);
        const dismiss = () => dismissWith(DELETED);
        const client: ServedClient = { clientId, address, onlineAtMs: nowMs(), rates, dismiss };
        group.clients.add(client);
        log.info({ consumerGroupId: groupId, clientId, address }, 'AMQP consumer connected');
        const failed = (error: unknown, messageId: string) =>
          log.error({ consumerGroupId: groupId, messageId, error }, 'a message cannot be sent');
        const leave = serveLink(sender, group, { asBase64, toWire, failed, count: rates.count });
        return ok(() => {
          leave();
          group.clients.delete(client);
          log.info({ consumerGroupId: groupId, clientId, address }, 'AMQP consumer gone');
        });
      },
      refused: (failure, username) => refusals.refused({ username, sourceIp }, failure),
      failed: (error) => log.error({ error, address }, 'an AMQP connection failed'),
    };
    serveConnection(socket, parts);
  };
}

const DELETED = { condition: 'amqp:not-found', description: 'the consumer group was deleted' };

function admit(
  groupId: string,
  consumers: number,
  connects: ReturnType<typeof createLocalConnectRate>,
): Result<void> {
  if (consumers >= MOST_CONSUMERS) {
    return refuse({ kind: 'consumer-limit', groupId, most: MOST_CONSUMERS });
  }
  if (connects.allow(groupId) === true) return ok(undefined);
  return refuse({ kind: 'connect-rate-exceeded', limitPerMinute: connects.limitPerMinute });
}
