import type { Delivery } from 'rhea';
import type { Entry } from './entry.ts';

/** What a consumer was sent and has given no outcome for. */
export type Outbox = {
  add(delivery: Delivery, entry: Entry): void;
  /** It is out no longer. Undefined if it was not. */
  take(delivery: Delivery): Entry | undefined;
  deliveryOf(entry: Entry): Delivery | undefined;
  oldest(): Entry | undefined;
  /** Of the bodies. */
  bytes(): number;
  /** Takes all. */
  empty(): Delivery[];
};

export function createOutbox(): Outbox {
  const entries = new Map<Delivery, Entry>();
  const deliveries = new Map<Entry, Delivery>();
  let bytes = 0;
  return {
    add(delivery, entry) {
      entries.set(delivery, entry);
      deliveries.set(entry, delivery);
      bytes += entry.message.body.byteLength;
    },
    take(delivery) {
      const entry = entries.get(delivery);
      if (!entry) return undefined;
      entries.delete(delivery);
      deliveries.delete(entry);
      bytes -= entry.message.body.byteLength;
      return entry;
    },
    deliveryOf: (entry) => deliveries.get(entry),
    oldest: () => deliveries.keys().next().value,
    bytes: () => bytes,
    empty() {
      const left = [...entries.keys()];
      entries.clear();
      deliveries.clear();
      bytes = 0;
      return left;
    },
  };
}
