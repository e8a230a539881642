import type { Message } from '../model/message.ts';
import type { FailedDelivery } from '../ports/message-bus.ts';
import { isRecord } from './event-parts.ts';

/** A batch of the bus as an event: what the pump hands to a function that consumes messages. */
export type BusEvent = { source: typeof BUS_SOURCE; messages: readonly BusEventMessage[] };

/** `body` in base64. */
type BusEventMessage = Omit<Message, 'body'> & { body: string };

/** As Lambda's queue triggers want it: the items that failed, the others are done. */
export type BatchAnswer = {
  batchItemFailures: readonly { itemIdentifier: string; reason: string }[];
};

const BUS_SOURCE = 'mooring:bus';

export function encodeBusEvent(batch: readonly Message[]): BusEvent {
  const messages = batch.map((message) => ({
    ...message,
    body: Buffer.from(message.body).toString('base64'),
  }));
  return { source: BUS_SOURCE, messages };
}

/** @throws TypeError that names what is wrong and in which message. */
export function decodeBusEvent(event: unknown): readonly Message[] {
  if (!isRecord(event) || event['source'] !== BUS_SOURCE || !Array.isArray(event['messages'])) {
    throw new TypeError(`expected {"source": "${BUS_SOURCE}", "messages": [...]}`);
  }
  return event['messages'].map(decodeMessage);
}

export function encodeBatchAnswer(failed: readonly FailedDelivery[]): BatchAnswer {
  return {
    batchItemFailures: failed.map(({ messageId, reason }) => ({
      itemIdentifier: messageId,
      reason,
    })),
  };
}

/** @throws TypeError if it is no batch answer: that a message is done must not be guessed. */
export function decodeBatchAnswer(answer: unknown): readonly FailedDelivery[] {
  const items = isRecord(answer) ? answer['batchItemFailures'] : undefined;
  if (!Array.isArray(items)) throw new TypeError('expected {"batchItemFailures": [...]}');
  return items.map((item: unknown) => {
    if (!isRecord(item) || typeof item['itemIdentifier'] !== 'string') {
      throw new TypeError('an item of batchItemFailures has no itemIdentifier');
    }
    return { messageId: item['itemIdentifier'], reason: String(item['reason'] ?? 'not given') };
  });
}

function decodeMessage(message: unknown, index: number): Message {
  if (!isRecord(message)) throw new TypeError(`messages[${index}] is not an object`);
  const text = (name: keyof Message) => {
    const value = message[name];
    if (typeof value === 'string') return value;
    throw new TypeError(`messages[${index}].${name} is not a string`);
  };
  return {
    messageId: text('messageId'),
    kind: oneOf(KINDS, text('kind'), `messages[${index}].kind`),
    topic: text('topic'),
    productKey: text('productKey'),
    deviceName: text('deviceName'),
    iotId: text('iotId'),
    generateTimeMs: timeOf(message['generateTimeMs'], index),
    transport: oneOf(TRANSPORTS, text('transport'), `messages[${index}].transport`),
    body: Buffer.from(text('body'), 'base64'),
  };
}

function timeOf(value: unknown, index: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new TypeError(`messages[${index}].generateTimeMs is not a time in milliseconds`);
}

function oneOf<T extends string>(choices: readonly T[], text: string, name: string): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new TypeError(`${name} is not one of ${choices.join(', ')}`);
}

const KINDS = [
  'property',
  'event',
  'uplink',
  'status',
  'reply',
  'tags',
  'lifecycle',
  'topology',
  'found',
  'ota_version',
  'ota_result',
] as const satisfies readonly Message['kind'][];
const TRANSPORTS = ['http', 'mqtt', 'api'] as const satisfies readonly Message['transport'][];
