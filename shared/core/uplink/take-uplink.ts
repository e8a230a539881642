import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Message } from '../../model/message.ts';
import type { Answers } from '../../ports/answers.ts';
import type { MessageBus } from '../../ports/message-bus.ts';
import type { Store } from '../../ports/table.ts';
import type { MessageIdSource } from '../message-id/message-id-source.ts';
import type { ProductDirectory } from '../products/product-directory.ts';
import { mayPublish } from '../topic/may-publish.ts';
import { contentOf } from './message-content.ts';
import type { Content, Taken, Uplink } from './uplink.ts';

export type UplinkParts = {
  products: ProductDirectory;
  store: Store;
  bus: Pick<MessageBus, 'publish'>;
  answers: Pick<Answers, 'offer'>;
  newMessageId: MessageIdSource;
  nowMs: () => number;
};

/** Checks the topic and, where a thing model speaks of it, the data; publishes. */
export async function takeUplink(uplink: Uplink, parts: UplinkParts): Promise<Taken> {
  return { outcome: await ingest(uplink, parts), replies: [] };
}

async function ingest(uplink: Uplink, parts: UplinkParts): Promise<Result<string>> {
  const { device } = uplink;
  const topic = mayPublish(uplink.topic, device);
  if (!topic.ok) return topic;
  const product = await parts.products.find(device.productKey);
  if (!product) return refuse({ kind: 'unknown-product', productKey: device.productKey });
  const nowMs = parts.nowMs();
  const content = contentOf(topic.value, { uplink, product, nowMs });
  if (!content.ok) return content;
  const made = { messageId: await parts.newMessageId(), nowMs, transport: uplink.transport };
  return publish(messageOf(content.value, device, made), parts);
}

type Made = { messageId: string; nowMs: number } & Pick<Uplink, 'transport'>;

/** Member by member: a spread here costs more than the token and the topic together. */
function messageOf({ kind, topic, body }: Content, device: DeviceRecord, made: Made): Message {
  return {
    messageId: made.messageId,
    kind,
    topic,
    productKey: device.productKey,
    deviceName: device.deviceName,
    iotId: device.iotId,
    generateTimeMs: made.nowMs,
    transport: made.transport,
    body,
  };
}

async function publish(message: Message, { bus }: UplinkParts): Promise<Result<string>> {
  try {
    await bus.publish(message);
  } catch (error) {
    return refuse({ kind: 'publish-failed', reason: String(error) });
  }
  return ok(message.messageId);
}
