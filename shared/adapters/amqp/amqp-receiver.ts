import type { Receiver } from 'rhea';
import type { SourceDelivery } from '../../ports/message-source.ts';
import { createCredit } from './credit.ts';
import { readMessage } from './read-message.ts';
import { type ConnectionEnd, type ConnectOptions, connectRhea } from './rhea-connection.ts';
import { grantCredit, tolerateSurplus } from './rhea-credit.ts';
import { createSettlements } from './settlements.ts';
import { terminusOf } from './terminus.ts';

export type AmqpReceiver = {
  /** So many messages may come, those under way included. */
  allow(messages: number): void;
  /** Takes the credit back; what is under way comes all the same. */
  pause(): void;
  close(): Promise<void>;
};

type ReceiverOptions = Omit<ConnectOptions, 'containerId'> & {
  clientId: string;
  address?: string;
  makeId(): string;
};

type Handlers = {
  onOpen(): void;
  onDelivery(delivery: SourceDelivery): void;
  onEnd(end: ConnectionEnd): void;
};

/** The server ends what is not signed in and linked within 15 s (protocol.md 8.1). */
const OPEN_TIMEOUT_MS = 15_000;

/** One connection with one receiving link, until it ends. */
export function openAmqpReceiver(options: ReceiverOptions, handlers: Handlers): AmqpReceiver {
  const { onDelivery, onEnd, onOpen } = handlers;
  const endParts = (): void => {
    clearTimeout(timer);
    credit.stop();
    settlements.stop();
  };
  const opened = connectRhea({ ...options, containerId: options.clientId }, (end) => {
    endParts();
    onEnd(end);
  });
  const timer = setTimeout(() => {
    endParts();
    opened.destroy();
    onEnd({ reason: `no link within ${OPEN_TIMEOUT_MS} ms`, isRefused: false });
  }, OPEN_TIMEOUT_MS);
  const receiver: Receiver = opened.connection.open_receiver({
    ...(options.address !== undefined && { source: terminusOf(options.address) }),
    autoaccept: false,
    credit_window: 0,
  });
  const credit = createCredit((messages) => grantCredit(receiver, messages));
  const settlements = createSettlements(opened.corked);
  receiver.once('receiver_open', () => {
    clearTimeout(timer);
    onOpen();
  });
  receiver.on('message', ({ message, delivery }) => {
    credit.use();
    tolerateSurplus(receiver);
    if (!message || !delivery) return;
    onDelivery(readMessage(message, options.makeId, settlements.settlerOf(delivery)));
  });
  return {
    allow: credit.allow,
    pause: () => {
      credit.stop();
      grantCredit(receiver, 0);
    },
    close: async () => {
      settlements.flush();
      endParts();
      await opened.close();
    },
  };
}
