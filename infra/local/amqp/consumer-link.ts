import type { Delivery, EventContext, Sender } from 'rhea';
import type { Message } from '../../../shared/model/message.ts';
import type { Consumer, ConsumerGroup, Membership } from './consumer-group.ts';
import { encodeMessage } from './encode-message.ts';
import type { Entry } from './entry.ts';
import { abandon, placesLeft, processSoon, unusedCredit } from './rhea-internals.ts';

/** Places for what was sent and is not settled, of a session. */
export const PLACES = 16_384;

/** A consumer that leaves one message unsettled keeps the places of all behind it. */
const FEWEST_PLACES = PLACES / 4;

const AMQP_FORMAT = 0;

export type LinkOptions = {
  asBase64: boolean;
  /** Of a message that leaves Mooring. */
  toWire(message: Message): Message;
} & Pick<Consumer, 'count'>;

/** Joins the group for the receiver at the other end of `sender`. Returns what ends it. */
export function serveLink(
  sender: Sender,
  group: ConsumerGroup,
  { asBase64, count, toWire }: LinkOptions,
): () => void {
  const out = new Map<Delivery, Entry>();
  const deliveryOf = new Map<Entry, Delivery>();

  const end = (delivery: Delivery): Entry | undefined => {
    const entry = out.get(delivery);
    out.delete(delivery);
    if (entry) deliveryOf.delete(entry);
    return entry;
  };
  const consumer: Consumer = {
    room: () => Math.max(0, Math.min(unusedCredit(sender), placesLeft(sender))),
    send(entry) {
      const { message, deliveries } = entry;
      const delivery = sender.send(
        encodeMessage(toWire(message), { asBase64, deliveries }),
        undefined,
        AMQP_FORMAT,
      );
      out.set(delivery, entry);
      deliveryOf.set(entry, delivery);
      if (placesLeft(sender) < FEWEST_PLACES) returnOldest();
    },
    forget(entry) {
      const delivery = deliveryOf.get(entry);
      if (!delivery) return;
      end(delivery);
      abandon(delivery);
    },
    count,
  };
  const returnOldest = (): void => {
    const [oldest] = out;
    if (!oldest) return;
    const [delivery, entry] = oldest;
    end(delivery);
    abandon(delivery);
    membership.returned(entry);
  };
  const membership: Membership = group.join(consumer);

  const onOutcome =
    (tell: (entry: Entry) => void) =>
    ({ delivery }: EventContext): void => {
      const entry = delivery && end(delivery);
      if (!entry || !delivery) return;
      // A receiver of settle mode `second` waits for us to settle.
      if (!delivery.remote_settled) delivery.update(true);
      tell(entry);
      membership.hasRoom();
    };
  sender.on('accepted', onOutcome(membership.accepted));
  // `modified` comes as `released` too.
  sender.on('released', onOutcome(membership.returned));
  sender.on('rejected', onOutcome(membership.returned));
  // Behind the events above; without one of them, there was no outcome.
  sender.on('settled', onOutcome(membership.returned));
  sender.on('sendable', membership.hasRoom);
  sender.on('sender_draining', () => {
    membership.hasRoom();
    // Behind the messages that there are: they go out by setImmediate too.
    setImmediate(() => {
      sender.set_drained(true);
      processSoon(sender.connection);
    });
  });
  return membership.leave;
}
