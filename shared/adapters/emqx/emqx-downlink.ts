import type { Downlink, DownlinkMessage } from '../../ports/downlink.ts';
import { createEmqxApi, type EmqxApi, type EmqxApiOptions } from './emqx-api.ts';
import { createEmqxClients } from './emqx-clients.ts';

/** `no_matching_subscribers`. */
const NOBODY_SUBSCRIBED = 202;

/**
 * How long a message that is not to be stored may wait for a session that is away. EMQX stores QoS 0
 * too, and compares clocks of several nodes: a shorter time would lose messages to their differences.
 */
const TRANSIENT_SECONDS = 5;

/**
 * To devices that are connected to an EMQX 5, by its REST API. It does not say whether a session that
 * subscribed is connected: such a message is `sent`. Whoever signs in with its iotId as its username
 * is not found by name: `disconnect` and `connectedDevices` pass it over.
 */
export function createEmqxDownlink(options: EmqxApiOptions): Downlink {
  const api = createEmqxApi(options);
  const clients = createEmqxClients(api);
  const usernameOf = ({ productKey, deviceName }: Named) => `${deviceName}&${productKey}`;
  return {
    publish: async (message) => {
      const { qos, isTransient = false } = message;
      const keeps = qos === 1 && !isTransient;
      const status = await post(api, message, { qos, keeps });
      if (status !== NOBODY_SUBSCRIBED) return 'sent';
      const connected = await clients.named(usernameOf(message));
      return connected.length > 0 ? 'unsubscribed' : 'offline';
    },
    broadcast: async (message) => {
      await post(api, message, { qos: 0, keeps: false });
    },
    connectedDevices: async (productKey) => {
      const end = `&${productKey}`;
      const connected = await clients.endingWith(end);
      return [...new Set(connected.map(({ username }) => username.slice(0, -end.length)))];
    },
    disconnect: async (device) => {
      const connected = await clients.named(usernameOf(device));
      // One that has left meanwhile is answered with 404, which is as good.
      for (const { clientId } of connected) {
        await api({ method: 'DELETE', path: `/clients/${encodeURIComponent(clientId)}` });
      }
    },
    liveness: async () => 'unknown',
    close: async () => undefined,
  };
}

type Named = { productKey: string; deviceName: string };

type Sending = { qos: 0 | 1; keeps: boolean };

/** The status: 200, or 202 where nobody subscribed. */
async function post(
  api: EmqxApi,
  { topic, payload }: Pick<DownlinkMessage, 'topic' | 'payload'>,
  { qos, keeps }: Sending,
): Promise<number> {
  const reply = await api({
    method: 'POST',
    path: '/publish',
    body: {
      topic,
      payload: Buffer.from(payload).toString('base64'),
      payload_encoding: 'base64',
      qos,
      retain: false,
      ...(!keeps && { properties: { message_expiry_interval: TRANSIENT_SECONDS } }),
    },
  });
  return reply.status;
}
