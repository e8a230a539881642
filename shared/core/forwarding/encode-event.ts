import { Buffer, isUtf8 } from 'node:buffer';
import type {
  ForwardedEvent,
  ForwardedItem,
  ForwardedMessage,
  ForwardingRule,
} from '../../model/forwarding.ts';
import type { FunctionCall } from '../../ports/function-target.ts';
import { deviceOfTopic } from './topic-device.ts';

/** What the function of a rule gets for messages: for `body`, the bytes of the first one and nothing else. */
export function encodeCall(
  { payload }: Pick<ForwardingRule, 'payload'>,
  messages: readonly ForwardedMessage[],
): FunctionCall {
  const [first] = messages;
  if (payload === 'body' && first) {
    return { event: first.body, contentType: 'application/octet-stream' };
  }
  const event: ForwardedEvent = { source: 'mooring:amqp', messages: messages.map(encodeItem) };
  return { event: Buffer.from(JSON.stringify(event)), contentType: 'application/json' };
}

export function encodeItem(message: ForwardedMessage): ForwardedItem {
  const { messageId, topic, generateTimeMs, isDuplicate } = message;
  const bytes = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  const isBase64Encoded = !isUtf8(bytes);
  return {
    messageId,
    topic,
    generateTimeMs,
    ...deviceOfTopic(topic),
    body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
    isDuplicate,
  };
}
