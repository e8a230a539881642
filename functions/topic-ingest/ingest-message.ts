import type { MessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import type { ProductDirectory } from '../../shared/core/products/product-directory.ts';
import { mayPublish } from '../../shared/core/topic/may-publish.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Message } from '../../shared/model/message.ts';
import type { MessageBus } from '../../shared/ports/message-bus.ts';
import type { AdmitParts } from './admit-device.ts';
import { contentOf } from './message-content.ts';
import type { Content, Uplink } from './uplink.ts';

export type IngestParts = AdmitParts & {
  products: ProductDirectory;
  bus: Pick<MessageBus, 'publish'>;
  newMessageId: MessageIdSource;
};

/** Checks the topic and, where a thing model speaks of it, the data; publishes; returns the messageId when the bus has the message for good. */
export async function ingestMessage(uplink: Uplink, parts: IngestParts): Promise<Result<string>> {
  const { device } = uplink;
  const topic = mayPublish(uplink.topic, device);
  if (!topic.ok) return topic;
  const product = await parts.products.find(device.productKey);
  if (!product) return refuse({ kind: 'unknown-product', productKey: device.productKey });
  const nowMs = parts.nowMs();
  const content = contentOf(topic.value, { uplink, product, nowMs });
  if (!content.ok) return content;
  return publish(
    messageOf(content.value, device, { messageId: await parts.newMessageId(), nowMs }),
    parts,
  );
}

/** Member by member: a spread here costs more than the token and the topic together. */
function messageOf(
  { kind, topic, body }: Content,
  device: DeviceRecord,
  made: { messageId: string; nowMs: number },
): Message {
  return {
    messageId: made.messageId,
    kind,
    topic,
    productKey: device.productKey,
    deviceName: device.deviceName,
    iotId: device.iotId,
    generateTimeMs: made.nowMs,
    transport: 'http',
    body,
  };
}

async function publish(message: Message, { bus }: IngestParts): Promise<Result<string>> {
  try {
    await bus.publish(message);
  } catch (error) {
    return refuse({ kind: 'publish-failed', reason: String(error) });
  }
  return ok(message.messageId);
}
