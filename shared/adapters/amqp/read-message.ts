import type { SourceDelivery } from '../../ports/message-source.ts';

/** What rhea makes of a message. */
export type AmqpMessage = Readonly<Record<string, unknown>>;

type Settle = SourceDelivery['settle'];

/**
 * Reads a message of a consumer group (protocol.md 8.2), or of a broker: there the topic may also be in
 * the property `x-mooring-topic`, or in the routing key, which RabbitMQ writes into the subject. Headers of
 * AMQP 0-9-1 do not come along (RabbitMQ 3.10).
 */
export function readMessage(
  received: AmqpMessage,
  makeId: () => string,
  settle: Settle,
): SourceDelivery {
  const { unreadable } = received;
  if (typeof unreadable === 'string') return unread(received, makeId, settle);
  const properties = recordOf(received['application_properties']);
  const body = bodyOf(received['body']);
  const message = {
    messageId: idOf(properties['messageId']) ?? idOf(received['message_id']) ?? makeId(),
    topic: topicOf(properties, received['subject']),
    generateTimeMs: timeOf(properties['generateTime']) ?? creationTimeOf(received['creation_time']),
    body: body ?? NO_BYTES,
    isDuplicate:
      Number(received['delivery_count'] ?? 0) > 0 || received['first_acquirer'] === false,
  };
  return body ? { message, settle } : { message, settle, problem: 'the body is a sequence' };
}

/** What rhea could not decode is handed over with all its bytes. */
function unread(
  { unreadable, bytes }: AmqpMessage,
  makeId: () => string,
  settle: Settle,
): SourceDelivery {
  const message = {
    messageId: makeId(),
    topic: '',
    generateTimeMs: null,
    body: Buffer.isBuffer(bytes) ? bytes : NO_BYTES,
    isDuplicate: false,
  };
  return { message, settle, problem: String(unreadable) };
}

const NO_BYTES = Buffer.alloc(0);

function topicOf(properties: AmqpMessage, subject: unknown): string {
  const topic = properties['topic'] ?? properties['x-mooring-topic'];
  if (typeof topic === 'string') return topic;
  return typeof subject === 'string' ? subject.replaceAll('.', '/') : '';
}

function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id;
  if (Buffer.isBuffer(id)) return id.toString('hex');
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
  if (body === undefined || body === null) return NO_BYTES;
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  const { typecode, content, multiple } = recordOf(body);
  if (typecode === undefined) return Buffer.from(JSON.stringify(body) ?? '');
  if (typecode !== DATA_SECTION) return undefined;
  if (Buffer.isBuffer(content)) return content;
  const parts: readonly unknown[] = multiple === true && Array.isArray(content) ? content : [];
  return Buffer.concat(parts.filter((part) => Buffer.isBuffer(part)));
}

const DATA_SECTION = 0x75;

function recordOf(value: unknown): AmqpMessage {
  return typeof value === 'object' && value !== null ? (value as AmqpMessage) : NO_MEMBERS;
}

const NO_MEMBERS: AmqpMessage = {};
