import type { ForwardedMessage } from '../../model/forwarding.ts';

/** What rhea makes of a message. */
export type AmqpMessage = Readonly<Record<string, unknown>>;

export type ReadMessage = {
  message: ForwardedMessage;
  /** Why no function can be called with it; then the body is all of the message, as it came. */
  problem?: string;
};

/**
 * Reads a message of a consumer group (protocol.md 8.2), or of a broker: there the topic may also be in
 * the property `x-mooring-topic`, or in the routing key, which RabbitMQ writes into the subject. Headers of
 * AMQP 0-9-1 do not come along (RabbitMQ 3.10).
 */
export function readMessage(received: AmqpMessage, makeId: () => string): ReadMessage {
  const { unreadable, bytes } = received;
  if (typeof unreadable === 'string') {
    const body = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
    return { message: { ...NOTHING, messageId: makeId(), body }, problem: unreadable };
  }
  const properties = recordOf(received['application_properties']);
  const message = {
    messageId: idOf(properties['messageId']) ?? idOf(received['message_id']) ?? makeId(),
    topic: topicOf(properties, received['subject']),
    generateTimeMs: timeOf(properties['generateTime']) ?? creationTimeOf(received['creation_time']),
    isDuplicate:
      Number(received['delivery_count'] ?? 0) > 0 || received['first_acquirer'] === false,
  };
  const body = bodyOf(received['body']);
  if (body) return { message: { ...message, body } };
  return { message: { ...message, body: Buffer.alloc(0) }, problem: 'the body is a sequence' };
}

const NOTHING = { topic: '', generateTimeMs: null, isDuplicate: false };

function topicOf(properties: AmqpMessage, subject: unknown): string {
  const topic = properties['topic'] ?? properties['x-mooring-topic'];
  if (typeof topic === 'string') return topic;
  return typeof subject === 'string' ? subject.replaceAll('.', '/') : '';
}

function idOf(id: unknown): string | undefined {
  if (Buffer.isBuffer(id)) return id.toString('hex');
  if (typeof id === 'string') return id === '' ? undefined : id;
  return typeof id === 'number' || typeof id === 'bigint' ? String(id) : undefined;
}

function timeOf(time: unknown): number | null {
  if (time instanceof Date) return time.getTime();
  const ms = typeof time === 'string' && time !== '' ? Number(time) : time;
  return typeof ms === 'number' && Number.isSafeInteger(ms) ? ms : null;
}

/** RabbitMQ writes the seconds of AMQP 0-9-1 where milliseconds belong. */
function creationTimeOf(time: unknown): number | null {
  const ms = timeOf(time);
  return ms !== null && ms < EARLIEST_MS ? ms * 1000 : ms;
}

/** 1973: as seconds, the year 5138. */
const EARLIEST_MS = 1e11;

/** Of `amqp:data:binary`, and of a value that is text or bytes; other values as JSON. */
function bodyOf(body: unknown): Buffer | undefined {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  const { typecode, content, multiple } = recordOf(body);
  if (typecode === undefined) return Buffer.from(JSON.stringify(body) ?? '');
  if (typecode !== DATA_SECTION) return undefined;
  const parts: readonly unknown[] =
    multiple === true && Array.isArray(content) ? content : [content];
  return Buffer.concat(parts.filter((part) => Buffer.isBuffer(part)));
}

const DATA_SECTION = 0x75;

function recordOf(value: unknown): AmqpMessage {
  return typeof value === 'object' && value !== null ? (value as AmqpMessage) : {};
}
