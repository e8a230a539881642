import type { Aedes, Client } from 'aedes';
import type { Sessions } from '../../../shared/adapters/lmdb/lmdb-sessions.ts';
import { createRefusalLog } from '../../../shared/core/mqtt/refusal-log.ts';
import { maySubscribe } from '../../../shared/core/topic/may-subscribe.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Connections, DeviceConnection } from './connections.ts';

type SubscriptionParts = {
  connections: Connections;
  sessions: Sessions;
  nowMs: () => number;
  log: Log;
};

/**
 * What devices subscribe to. As on the platform, a subscription stands until the device takes it back,
 * a clean session notwithstanding (protocol.md 3.9). SUBACK is sent when it is durable.
 */
export type Subscriptions = {
  authorize: Aedes['authorizeSubscribe'];
  /** Durable when it resolves. */
  remove(client: Client, filters: readonly string[]): Promise<void>;
};

export function createSubscriptions(parts: SubscriptionParts): Subscriptions {
  const { connections } = parts;
  const refusals = createRefusalLog('subscription refused', parts);
  const save = createSave(parts.sessions);
  return {
    authorize: (client, subscription, done) => {
      const connection = connections.of(client);
      if (connection?.kind !== 'device') return done(null, null);
      const { topic } = subscription;
      const added = addFilter(connection, topic);
      if (!added.ok) {
        const { device, peer } = connection;
        refusals.refused({ username: device, sourceIp: peer.sourceIp }, added.failure);
        return done(null, null);
      }
      // QoS 1 at any rate: what counts is the QoS of the message (protocol.md 3.9).
      const granted = { ...subscription, qos: 1 as const };
      if (!added.value) return done(null, granted);
      save(connection).then(
        () => done(null, granted),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
    remove: async (client, filters) => {
      const connection = connections.of(client);
      if (connection?.kind !== 'device') return;
      const removed = new Set(filters);
      const { session } = connection;
      const left = session.filters.filter((filter) => !removed.has(filter));
      if (left.length === session.filters.length) return;
      connection.session = { ...session, filters: left };
      await save(connection);
    },
  };
}

/** False where the session has the filter already. */
function addFilter(connection: DeviceConnection, filter: string): Result<boolean> {
  const { session } = connection;
  if (session.filters.includes(filter)) return ok(false);
  const allowed = maySubscribe(filter, connection);
  if (!allowed.ok) return allowed;
  if (session.filters.length >= MOST_FILTERS) {
    return refuse({ kind: 'subscription-limit', most: MOST_FILTERS });
  }
  connection.session = { ...session, filters: [...session.filters, filter] };
  return ok(true);
}

/** A SUBSCRIBE of sixteen filters, as SDKs send it, is written once. */
function createSave(sessions: Sessions): (connection: DeviceConnection) => Promise<void> {
  const pending = new Map<DeviceConnection, Promise<void>>();
  return (connection) => {
    const joined = pending.get(connection);
    if (joined !== undefined) return joined;
    const saved = Promise.resolve().then(() => {
      pending.delete(connection);
      return sessions.write(connection.device, connection.session);
    });
    pending.set(connection, saved);
    return saved;
  };
}

/** Of a device (protocol.md 3.9). */
const MOST_FILTERS = 100;
