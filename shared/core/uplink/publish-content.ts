import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Message } from '../../model/message.ts';
import type { Content, Judged, Uplink, UplinkParts } from './uplink.ts';

/** Gives the messageId once the bus has the message for good; refuses with `publish-failed`. */
export async function publishContent(
  content: Content,
  { uplink, nowMs }: Judged,
  { bus, newMessageId }: UplinkParts,
): Promise<Result<string>> {
  const next = newMessageId();
  const messageId = typeof next === 'string' ? next : await next;
  const made = { messageId, nowMs, transport: uplink.transport };
  try {
    await bus.publish(messageOf(content, uplink.device, made));
  } catch (error) {
    return refuse({ kind: 'publish-failed', reason: String(error) });
  }
  return ok(messageId);
}

/** The message as the device sent it. */
export function asSent({ topic, body }: Uplink): Content {
  return { kind: 'uplink', topic, body };
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
