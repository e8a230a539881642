import type { Envelope } from 'rabbitmq-client';
import type { Message } from '../../model/message.ts';

/** A message as it lies in a queue: docs/operations.md, "The bus on RabbitMQ". */
export type Parcel = {
  messageId: string;
  /** The kind of the message. */
  type: string;
  /** When it was published, in seconds. */
  timestamp: number;
  headers: Headers;
  body: Buffer;
};

/** Texts alone: numbers would become whatever type of AMQP they fit into. */
type Headers = Readonly<Record<string, string>>;

/** What stands beside a message that failed. `attempts` counts every time that it was handed over. */
export type Failed = { attempts: number; reason: string; dueMs?: number; diedAtMs?: number };

/** A header has to fit into a frame with the others. */
const LONGEST_REASON = 2000;

export function parcelOf(message: Message, nowMs: number): Parcel {
  const { messageId, kind, topic, productKey, deviceName, iotId, transport, body } = message;
  return {
    messageId,
    type: kind,
    timestamp: Math.floor(nowMs / 1000),
    headers: {
      topic,
      productKey,
      deviceName,
      iotId,
      generateTimeMs: String(message.generateTimeMs),
      transport,
    },
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
}

export function envelopeOf({ messageId, type, timestamp, headers }: Parcel): Envelope {
  return { messageId, type, timestamp, headers: { ...headers }, durable: true, mandatory: true };
}

/** Undefined for what nobody published by this bus. */
export function readParcel(delivered: Envelope & { body: unknown }): Parcel | undefined {
  const { messageId, type, timestamp = 0, headers = {}, body } = delivered;
  if (messageId === undefined || type === undefined || !Buffer.isBuffer(body)) return undefined;
  if (!MEMBERS.every((name) => typeof headers[name] === 'string')) return undefined;
  return { messageId, type, timestamp, headers, body };
}

/** Kinds and transports are taken as they come: a newer process may publish what this one does not know. */
export function messageOf({ messageId, type, headers, body }: Parcel): Message {
  const [topic = '', productKey = '', deviceName = '', iotId = '', generateTimeMs, transport] =
    MEMBERS.map((name) => headers[name]);
  return {
    messageId,
    kind: type as Message['kind'],
    topic,
    productKey,
    deviceName,
    iotId,
    generateTimeMs: Number(generateTimeMs),
    transport: transport as Message['transport'],
    body,
  };
}

const MEMBERS = ['topic', 'productKey', 'deviceName', 'iotId', 'generateTimeMs', 'transport'];

export function withFailure(parcel: Parcel, failed: Failed): Parcel {
  const { attempts, reason, dueMs, diedAtMs } = failed;
  const headers = {
    ...parcel.headers,
    attempts: String(attempts),
    reason: reason.slice(0, LONGEST_REASON),
    ...(dueMs !== undefined && { dueMs: String(dueMs) }),
    ...(diedAtMs !== undefined && { diedAtMs: String(diedAtMs) }),
  };
  return { ...parcel, headers };
}

/** Of a message that never failed: no attempts, due at once. */
export function failureOf({ headers }: Parcel): Required<Failed> {
  const { attempts = 0, reason = '', dueMs = 0, diedAtMs = 0 } = headers;
  return {
    attempts: Number(attempts),
    reason,
    dueMs: Number(dueMs),
    diedAtMs: Number(diedAtMs),
  };
}
