import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Message } from '../../model/message.ts';
import type { Content, Judged, Uplink, UplinkParts } from './uplink.ts';

/**
 * Gives the messageId once the bus has the message for good; refuses with `publish-failed`. Not async, as
 * takeUplink tells.
 */
export function publishContent(
  content: Content,
  judged: Judged,
  parts: UplinkParts,
): Promise<Result<string>> {
  const messageId = parts.newMessageId();
  return messageId instanceof Promise
    ? messageId.then((given) => publishAs(given, content, judged, parts))
    : publishAs(messageId, content, judged, parts);
}

function publishAs(
  messageId: string,
  content: Content,
  { uplink, nowMs }: Judged,
  { bus }: UplinkParts,
): Promise<Result<string>> {
  const made = { messageId, nowMs, transport: uplink.transport };
  return bus.publish(messageOf(content, uplink.device, made)).then(
    () => ok(messageId),
    (error: unknown) => refuse({ kind: 'publish-failed', reason: String(error) }),
  );
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
