import { type TakeMessageParts, takeMessage } from '../../functions/mqtt-uplink/take-message.ts';
import { createRabbitmqDownlink } from '../../shared/adapters/rabbitmq/rabbitmq-downlink.ts';
import { startRabbitmqUplinks } from '../../shared/adapters/rabbitmq/rabbitmq-uplinks.ts';
import { parseTopic } from '../../shared/core/topic/parse-topic.ts';
import type { Config } from '../../shared/runtime/config.ts';
import type { Shared } from './shared-parts.ts';

type ExternalUplinks = { stop(): Promise<void> };

/**
 * Takes what devices publish on the RabbitMQ that is configured, and nothing where none is. Replies go
 * back the way that the message came, whatever MOORING_DOWNLINK says.
 */
export async function startExternalUplinks(
  { brokers }: Config,
  shared: Shared,
): Promise<ExternalUplinks> {
  const url = brokers.rabbitmqUrl;
  if (url === undefined) return { stop: async () => undefined };
  const { log } = shared.base;
  const downlink = createRabbitmqDownlink({ url, log });
  const parts: TakeMessageParts = { ...shared, ...shared.uplink, downlink, log };
  const uplinks = await startRabbitmqUplinks({
    url,
    log,
    keyOf: deviceOf,
    take: async (message) => {
      await takeMessage(message, parts);
    },
  });
  return {
    stop: async () => {
      await uplinks.stop();
      await downlink.close();
    },
  };
}

/** Messages of one device are taken in order. */
function deviceOf(topic: string): string {
  const parsed = parseTopic(topic);
  if (!parsed.ok || parsed.value.family === 'broadcast') return topic;
  return `${parsed.value.productKey}/${parsed.value.deviceName}`;
}
