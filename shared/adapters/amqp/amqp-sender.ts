import rhea, { type Delivery, type EventContext } from 'rhea';
import { type ConnectionEnd, type ConnectOptions, connectRhea } from './rhea-connection.ts';
import { terminusOf } from './terminus.ts';

export type AmqpSender = {
  /** Resolves when the server has accepted it; rejects when it has not, or when the connection ends. */
  send(message: OutgoingMessage): Promise<void>;
  close(): Promise<void>;
};

/** `properties` are application properties; numbers among them have to be integers. */
export type OutgoingMessage = {
  messageId: string;
  properties: Readonly<Record<string, string | number>>;
  body: Uint8Array;
};

type SenderOptions = Omit<ConnectOptions, 'containerId'> & { clientId: string; address: string };

type Waiting = { resolve(): void; reject(error: Error): void };

/** One connection with one sending link. Rejects where the server does not let it in. `onEnd`: it sends nothing more. */
export function openAmqpSender(
  { address, clientId, ...options }: SenderOptions,
  onEnd: (end: ConnectionEnd) => void,
): Promise<AmqpSender> {
  return new Promise((resolve, reject) => {
    const waiting = new Map<Delivery, Waiting>();
    const opened = connectRhea({ ...options, containerId: clientId }, (end) => {
      const error = new Error(end.reason);
      reject(error);
      for (const one of waiting.values()) one.reject(error);
      onEnd(end);
    });
    const sender = opened.connection.open_sender({ target: terminusOf(address) });
    const settle = (context: EventContext, act: (one: Waiting) => void): void => {
      const one = context.delivery && waiting.get(context.delivery);
      if (!context.delivery || !one) return;
      waiting.delete(context.delivery);
      act(one);
    };
    sender.on('accepted', (context) => settle(context, (one) => one.resolve()));
    for (const outcome of ['rejected', 'released', 'modified']) {
      const error = new Error(`the server has ${outcome} the message`);
      sender.on(outcome, (context) => settle(context, (one) => one.reject(error)));
    }
    sender.once('sendable', () =>
      resolve({
        send: (message) =>
          new Promise((done, failed) => {
            waiting.set(sender.send(encode(message)), { resolve: done, reject: failed });
          }),
        close: opened.close,
      }),
    );
  });
}

function encode({ messageId, properties, body }: OutgoingMessage) {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return {
    durable: true,
    message_id: messageId,
    application_properties: properties,
    body: rhea.message.data_section(bytes),
  };
}
