import fc from 'fast-check';
import rhea, { type Message as RheaMessage } from 'rhea';
import { describe, expect, test } from 'vitest';
import { encodeMessage } from '../../../../../infra/local/amqp/encode-message.ts';
import type { Message } from '../../../../../shared/model/message.ts';
import { aMessage } from '../../../../contract/messages.ts';

const PLAIN = { asBase64: false, deliveries: 0 };

/** As a consumer with rhea reads it. */
function decode(encoded: Buffer) {
  const decoded: unknown = rhea.message.decode(encoded);
  const { message_id, application_properties, body, delivery_count } = decoded as RheaMessage;
  return {
    messageId: message_id,
    properties: application_properties,
    content: Buffer.from(body.content),
    deliveryCount: delivery_count,
  };
}

describe('encodeMessage', () => {
  test('is read by rhea as what it was, whatever the topic, the id, the time and the body', () => {
    const message = fc.record({
      topic: fc.oneof(fc.string({ maxLength: 40 }), fc.string({ minLength: 200, maxLength: 600 })),
      messageId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
      generateTimeMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      body: fc.uint8Array({ maxLength: 600 }),
    });
    fc.assert(
      fc.property(message, (given) => {
        const encoded = encodeMessage({ ...aMessage('1'), ...given }, PLAIN);
        expect(decode(encoded)).toEqual({
          messageId: given.messageId,
          properties: {
            topic: given.topic,
            messageId: given.messageId,
            generateTime: given.generateTimeMs,
          },
          content: Buffer.from(given.body),
          deliveryCount: undefined,
        });
      }),
    );
  });

  test('has the body in base64 for who asked for it', () => {
    const message: Message = { ...aMessage('1'), body: Buffer.from('{"a":1}') };
    const { content } = decode(encodeMessage(message, { asBase64: true, deliveries: 0 }));
    expect(content.toString()).toBe('eyJhIjoxfQ==');
  });

  test('says how often it was sent before', () => {
    const encoded = encodeMessage(aMessage('7'), { asBase64: false, deliveries: 3 });
    expect(decode(encoded)).toMatchObject({ messageId: '7', deliveryCount: 3 });
  });
});
