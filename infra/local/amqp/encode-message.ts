import type { Message } from '../../../shared/model/message.ts';

type Encoding = {
  /** The consumer asked for `encode=base64` (protocol.md 8.1). */
  asBase64: boolean;
  /** How often it was sent before. */
  deliveries: number;
};

/**
 * A message as the platform's consumers read it (protocol.md 8.2), in AMQP 1.0's own encoding (OASIS
 * AMQP 1.0, parts 1.6 and 3.2): properties with message-id, application-properties topic, messageId and
 * generateTime, one data section. One that was sent before has a header with its delivery-count.
 */
export function encodeMessage(message: Message, { asBase64, deliveries }: Encoding): Buffer {
  const { messageId, topic, generateTimeMs } = message;
  const body = asBase64 ? Buffer.from(Buffer.from(message.body).toString('base64')) : message.body;
  const topicBytes = Buffer.byteLength(topic);
  const idBytes = Buffer.byteLength(messageId);
  const target = Buffer.allocUnsafe(FIXED_BYTES + topicBytes + 2 * idBytes + body.byteLength);
  let at = deliveries > 0 ? writeHeader(target, deliveries) : 0;
  at = writeProperties(target, at, messageId, idBytes);

  at = section(target, at, APPLICATION_PROPERTIES);
  target[at] = MAP32;
  const sizeAt = at + 1;
  at = target.writeUInt32BE(PROPERTY_COUNT * 2, at + 5);
  at = shortText(target, at, 'topic', 5);
  at = text(target, at, topic, topicBytes);
  at = shortText(target, at, 'messageId', 9);
  at = text(target, at, messageId, idBytes);
  at = shortText(target, at, 'generateTime', 12);
  target[at] = LONG;
  at = target.writeBigInt64BE(BigInt(generateTimeMs), at + 1);
  target.writeUInt32BE(at - sizeAt - 4, sizeAt);

  at = section(target, at, DATA);
  target[at] = BINARY32;
  at = target.writeUInt32BE(body.byteLength, at + 1);
  target.set(body, at);
  return target.subarray(0, at + body.byteLength);
}

const HEADER = 0x70;
const PROPERTIES = 0x73;
const APPLICATION_PROPERTIES = 0x74;
const DATA = 0x75;

const DESCRIBED = 0x00;
const SMALL_ULONG = 0x53;
const NULL = 0x40;
const UINT = 0x70;
const LONG = 0x81;
const STRING8 = 0xa1;
const STRING32 = 0xb1;
const BINARY32 = 0xb0;
const LIST32 = 0xd0;
const MAP32 = 0xd1;

const PROPERTY_COUNT = 3;
/** More than everything but topic, messageId and body takes. */
const FIXED_BYTES = 128;
const HEADER_FIELDS = 5;

/** Only the fifth of its fields, delivery-count, is set. */
function writeHeader(target: Buffer, deliveries: number): number {
  let at = section(target, 0, HEADER);
  target[at] = LIST32;
  const sizeAt = at + 1;
  at = target.writeUInt32BE(HEADER_FIELDS, at + 5);
  target.fill(NULL, at, at + HEADER_FIELDS - 1);
  at += HEADER_FIELDS - 1;
  target[at] = UINT;
  at = target.writeUInt32BE(deliveries, at + 1);
  target.writeUInt32BE(at - sizeAt - 4, sizeAt);
  return at;
}

function writeProperties(target: Buffer, from: number, messageId: string, idBytes: number) {
  let at = section(target, from, PROPERTIES);
  target[at] = LIST32;
  const sizeAt = at + 1;
  at = target.writeUInt32BE(1, at + 5);
  at = text(target, at, messageId, idBytes);
  target.writeUInt32BE(at - sizeAt - 4, sizeAt);
  return at;
}

function section(target: Buffer, at: number, code: number): number {
  target[at] = DESCRIBED;
  target[at + 1] = SMALL_ULONG;
  target[at + 2] = code;
  return at + 3;
}

function text(target: Buffer, at: number, value: string, bytes: number): number {
  if (bytes < 256) return shortText(target, at, value, bytes);
  target[at] = STRING32;
  const behind = target.writeUInt32BE(bytes, at + 1);
  return behind + target.write(value, behind);
}

function shortText(target: Buffer, at: number, value: string, bytes: number): number {
  target[at] = STRING8;
  target[at + 1] = bytes;
  return at + 2 + target.write(value, at + 2);
}
