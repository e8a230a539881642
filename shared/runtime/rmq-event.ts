import { isRecord } from './event-parts.ts';

type RmqMessage = { topic: string; payload: Buffer };

/**
 * Messages of a queue of Amazon MQ for RabbitMQ (protocol.md 11.4); undefined for any other event.
 * The event leaves out the routing key, so the topic has to stand in the header `x-mooring-topic`:
 * without it, it is empty here.
 */
export function decodeRmqEvent(event: unknown): readonly RmqMessage[] | undefined {
  if (!isRecord(event) || event['eventSource'] !== 'aws:rmq') return undefined;
  const queues = event['rmqMessagesByQueue'];
  if (!isRecord(queues)) throw new TypeError('expected {"rmqMessagesByQueue": {...}}');
  return Object.values(queues).flatMap((messages) =>
    Array.isArray(messages) ? messages.map(decodeMessage) : [],
  );
}

function decodeMessage(message: unknown): RmqMessage {
  if (!isRecord(message) || typeof message['data'] !== 'string') {
    throw new TypeError('a message of rmqMessagesByQueue has no data');
  }
  const properties = message['basicProperties'];
  const headers = isRecord(properties) ? properties['headers'] : undefined;
  const topic = isRecord(headers) ? headerText(headers['x-mooring-topic']) : '';
  return { topic, payload: Buffer.from(message['data'], 'base64') };
}

/** Lambda hands texts in headers over as `{"bytes": [...]}`. Empty for what is no text. */
export function headerText(value: unknown): string {
  if (typeof value === 'string') return value;
  const bytes = isRecord(value) ? value['bytes'] : undefined;
  return Array.isArray(bytes) ? Buffer.from(bytes).toString('utf8') : '';
}
