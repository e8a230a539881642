import type { Message } from '../../model/message.ts';

/** A message as it lies on disk: a tuple costs neither field names nor JSON of the body. */
export type Row = [
  messageId: string,
  kind: Message['kind'],
  topic: string,
  productKey: string,
  deviceName: string,
  iotId: string,
  generateTimeMs: number,
  transport: Message['transport'],
  body: Uint8Array,
];

export function rowOf(message: Message): Row {
  return [
    message.messageId,
    message.kind,
    message.topic,
    message.productKey,
    message.deviceName,
    message.iotId,
    message.generateTimeMs,
    message.transport,
    message.body,
  ];
}

export function messageOf(row: Row): Message {
  const [messageId, kind, topic, productKey, deviceName, iotId, generateTimeMs, transport, body] =
    row;
  return {
    messageId,
    kind,
    topic,
    productKey,
    deviceName,
    iotId,
    generateTimeMs,
    transport,
    body,
  };
}
