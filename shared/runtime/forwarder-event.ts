import { randomUUID } from 'node:crypto';
import type { ForwardedMessage, QueueMessage } from '../model/forwarding.ts';
import { isRecord, textOf } from './event-parts.ts';
import { headerText } from './rmq-event.ts';

/** What calls a forwarder: a timer, which has it drain its source, or a queue with messages. */
export type ForwarderEvent =
  | { kind: 'timer' }
  | { kind: 'queue'; messages: readonly QueueMessage[] };

/**
 * Reads timers of Function Compute and EventBridge, queues of Amazon MQ for RabbitMQ (protocol.md 11.4)
 * and of ApsaraMQ for RabbitMQ, whose trigger hands over a CloudEvent or a list of them (11.3).
 * @throws TypeError that says what was expected; it shows no values.
 */
export function decodeForwarderEvent(event: unknown): ForwarderEvent {
  if (isRecord(event)) {
    if (event['source'] === 'aws.events' || 'triggerTime' in event) return { kind: 'timer' };
    if (event['eventSource'] === 'aws:rmq') return { kind: 'queue', messages: rmqMessages(event) };
    if (event['type'] === QUEUE_EVENT) return { kind: 'queue', messages: [cloudMessage(event)] };
  }
  if (Array.isArray(event) && event.length > 0) {
    return { kind: 'queue', messages: event.map((one) => cloudMessage(parsed(one))) };
  }
  throw new TypeError(
    `expected a timer of Function Compute (triggerTime) or EventBridge (source aws.events), a queue of Amazon MQ (eventSource aws:rmq) or of ApsaraMQ for RabbitMQ (type ${QUEUE_EVENT}); got ${shapeOf(event)}`,
  );
}

const QUEUE_EVENT = 'amqp:Queue:SendMessage';

function shapeOf(event: unknown): string {
  return isRecord(event) ? `an object with ${Object.keys(event).join(', ')}` : typeof event;
}

/** By queue and virtual host, `orders::/`. */
function rmqMessages(event: Record<string, unknown>): readonly QueueMessage[] {
  const queues = event['rmqMessagesByQueue'];
  if (!isRecord(queues)) throw new TypeError('expected {"rmqMessagesByQueue": {...}}');
  return Object.entries(queues).flatMap(([name, messages]) => {
    const queue = name.split('::')[0] ?? name;
    return Array.isArray(messages) ? messages.map((message) => rmqMessage(message, queue)) : [];
  });
}

function rmqMessage(message: unknown, queue: string): QueueMessage {
  if (!isRecord(message) || typeof message['data'] !== 'string') {
    throw new TypeError('a message of rmqMessagesByQueue has no data');
  }
  const properties = recordIn(message, 'basicProperties');
  return queueMessage({
    queue,
    body: Buffer.from(message['data'], 'base64'),
    headers: headersOf(properties['headers']),
    messageId: textOf(properties['messageId']),
    routingKey: '',
    isRedelivered: message['redelivered'] === true,
  });
}

function cloudMessage(event: unknown): QueueMessage {
  const data = isRecord(event) ? event['data'] : undefined;
  if (!isRecord(event) || event['type'] !== QUEUE_EVENT || !isRecord(data)) {
    throw new TypeError(`expected CloudEvents of the type ${QUEUE_EVENT} with data`);
  }
  const envelope = recordIn(data, 'envelope');
  const props = recordIn(data, 'props');
  const { body } = data;
  const queue = /\/queues\/([^/]+)$/.exec(textOf(event['subject']))?.[1];
  if (queue === undefined) throw new TypeError('the subject of a CloudEvent names no queue');
  return queueMessage({
    queue,
    // What was JSON has been parsed on the way, and is written again: the same values in other bytes perhaps.
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? '')),
    headers: headersOf(props['headers']),
    messageId: textOf(props['messageId']),
    routingKey: textOf(envelope['routingKey']),
    isRedelivered: envelope['redeliver'] === true || envelope['redelivered'] === true,
  });
}

type Taken = {
  queue: string;
  body: Buffer;
  headers: QueueMessage['headers'];
  messageId: string;
  /** Empty where the trigger does not tell it. */
  routingKey: string;
  isRedelivered: boolean;
};

function queueMessage({ queue, body, headers, routingKey, ...taken }: Taken): QueueMessage {
  const attempts = Number(headers['x-mooring-attempts'] ?? 0) || 0;
  const message: ForwardedMessage = {
    messageId: String(headers['messageId'] ?? (taken.messageId || randomUUID())),
    topic: String(
      headers['x-mooring-topic'] ?? headers['topic'] ?? routingKey.replaceAll('.', '/'),
    ),
    generateTimeMs: Number(headers['generateTime']) || null,
    body,
    isDuplicate: taken.isRedelivered || attempts > 0,
  };
  return { message, queue, attempts, headers };
}

/** Texts and numbers; what else AMQP 0-9-1 has in headers, as the list of its deaths, is left out. */
function headersOf(headers: unknown): QueueMessage['headers'] {
  if (!isRecord(headers)) return {};
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : headerText(value),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function recordIn(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const member = value[name];
  return isRecord(member) ? member : {};
}

/** Event streams hand over a list of objects, or of texts. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
