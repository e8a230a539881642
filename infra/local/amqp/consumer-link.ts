import type { Delivery, EventContext, Sender } from 'rhea';
import type { Message } from '../../../shared/model/message.ts';
import type { Consumer, Membership } from './consumer.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { encodeMessage } from './encode-message.ts';
import type { Entry } from './entry.ts';
import { createOutbox } from './outbox.ts';
import { finishDrain, letGo, placesLeft, roomOf, settleAlone, socketOf } from './rhea-internals.ts';

/** Places for what was sent and is not settled, of a session. */
export const PLACES = 16_384;

/** A consumer that leaves one message unsettled keeps the places of all behind it. */
const FEWEST_PLACES = PLACES / 4;

/** Of messages without an outcome: rhea and the group keep one each. */
const MOST_BYTES_OUT = 32 * 1024 * 1024;

const AMQP_FORMAT = 0;

export type LinkOptions = {
  asBase64: boolean;
  /** Of a message that leaves Mooring. */
  toWire(message: Message): Message;
  /** A message cannot be written. */
  failed(error: unknown, messageId: string): void;
} & Pick<Consumer, 'count'>;

/** Joins the group for the receiver at the other end of `sender`. Returns what ends it. */
export function serveLink(
  sender: Sender,
  group: ConsumerGroup,
  { asBase64, count, toWire, failed }: LinkOptions,
): () => void {
  const outbox = createOutbox();
  const socket = socketOf(sender.connection);
  const write = ({ message, deliveries }: Entry): Delivery => {
    const encoded = encodeMessage(toWire(message), { asBase64, deliveries });
    return sender.send(encoded, undefined, AMQP_FORMAT);
  };
  const consumer: Consumer = {
    hasRoom: () =>
      roomOf(sender) > 0 && !socket.writableNeedDrain && outbox.bytes() < MOST_BYTES_OUT,
    send(entry) {
      try {
        outbox.add(write(entry), entry);
      } catch (error) {
        failed(error, entry.message.messageId);
        membership.returned(entry);
        return;
      }
      if (placesLeft(sender) < FEWEST_PLACES) returnOldest();
    },
    forget(entry) {
      const delivery = outbox.deliveryOf(entry);
      if (!delivery) return;
      outbox.take(delivery);
      settleAlone(delivery);
    },
    count,
  };
  const returnOldest = (): void => {
    const oldest = outbox.oldest();
    if (!oldest) return;
    consumer.forget(oldest);
    membership.returned(oldest);
  };
  const membership: Membership = group.join(consumer);

  const onOutcome =
    (tell: (entry: Entry) => void) =>
    ({ delivery }: EventContext): void => {
      const entry = delivery && outbox.take(delivery);
      if (!entry || !delivery) return;
      // A receiver of settle mode `second` waits for us to settle.
      if (delivery.remote_settled) letGo(delivery);
      else settleAlone(delivery);
      tell(entry);
      membership.ready();
    };
  const onDrain = (): void => {
    membership.ready();
    // Behind the messages that there are: they go out by setImmediate too.
    setImmediate(() => finishDrain(sender));
  };
  const listeners = {
    accepted: onOutcome(membership.accepted),
    // `modified` comes as `released` too.
    released: onOutcome(membership.returned),
    rejected: onOutcome(membership.returned),
    // Behind the events above; without one of them, there was no outcome.
    settled: onOutcome(membership.returned),
    sendable: membership.ready,
    sender_draining: onDrain,
  };
  for (const [event, listener] of Object.entries(listeners)) sender.on(event, listener);
  socket.on('drain', membership.ready);
  return () => {
    for (const [event, listener] of Object.entries(listeners))
      sender.removeListener(event, listener);
    socket.removeListener('drain', membership.ready);
    membership.leave();
    for (const delivery of outbox.empty()) letGo(delivery);
  };
}
