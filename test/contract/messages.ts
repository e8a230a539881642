import type { Message } from '../../shared/model/message.ts';

/** A valid message; tests change what they are about. */
export function aMessage(messageId: string): Message {
  return {
    messageId,
    kind: 'property',
    topic: '/a1BcDeFgHiJ/lamp/thing/event/property/post',
    productKey: 'a1BcDeFgHiJ',
    deviceName: 'lamp',
    iotId: 'k7RfEBkrUxRnMNh0xJ3i000100',
    generateTimeMs: 1_700_000_000_000,
    transport: 'http',
    body: new TextEncoder().encode('{"items":{}}'),
  };
}
