import type { Downlink, DownlinkMessage } from '../../ports/downlink.ts';
import type { Log } from '../../ports/log.ts';
import type { Outgoing, RabbitmqClient } from './rabbitmq-client.ts';
import { DIRECTION_HEADER, DOWN, MQTT_EXCHANGE, routingKeyOf } from './routing-key.ts';

type RabbitmqDownlinkOptions = {
  /** Holds a password. */
  url: string;
  log: Log;
  /** Of one message, with the connecting. */
  timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 5000;

/** How long a message that is not to be stored may wait in the queue of a session that is away. */
const TRANSIENT_MS = 1000;

/**
 * To devices behind the MQTT plugin of a RabbitMQ. A message is `sent` once it is confirmed: the
 * exchange does not say who is connected or subscribed, nor can a connection be ended from here.
 * Connects at the first message.
 */
export function createRabbitmqDownlink(options: RabbitmqDownlinkOptions): Downlink {
  const { url, log, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  let opened: Promise<RabbitmqClient> | undefined;
  const send = async (message: Outgoing) => {
    opened ??= openClient({ url, log, timeoutMs });
    const used = opened;
    const client = await used;
    try {
      await client.publish(message);
    } catch (cause) {
      // A connection may be dead without anybody having been told: the next message gets another.
      if (opened === used) opened = undefined;
      await client.close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`RabbitMQ did not take the message: ${reason}; check MOORING_RABBITMQ_URL`, {
        cause,
      });
    }
  };
  return {
    publish: async (message) => {
      await send(outgoing(message));
      return 'sent';
    },
    broadcast: async (message) => send(outgoing({ ...message, qos: 0 })),
    connectedDevices: async () => undefined,
    disconnect: async () => undefined,
    liveness: async () => 'unknown',
    close: async () => {
      const client = await opened;
      await client?.close();
    },
  };
}

/** Loaded at the first message: a function that sends none starts without it. */
async function openClient(options: Required<RabbitmqDownlinkOptions>): Promise<RabbitmqClient> {
  const { createRabbitmqClient } = await import('./rabbitmq-client.ts');
  return createRabbitmqClient(options);
}

function outgoing(
  message: Pick<DownlinkMessage, 'topic' | 'payload' | 'qos' | 'isTransient'>,
): Outgoing {
  const { topic, payload, qos, isTransient = false } = message;
  const keeps = qos === 1 && !isTransient;
  return {
    exchange: MQTT_EXCHANGE,
    routingKey: routingKeyOf(topic),
    // The plugin ends the connection of the device over a QoS that is not of AMQP's type byte, which
    // is what small integers become here.
    headers: { 'x-mqtt-publish-qos': qos, [DIRECTION_HEADER]: DOWN },
    durable: keeps,
    ...(!keeps && { expiresInMs: TRANSIENT_MS }),
    payload,
  };
}
