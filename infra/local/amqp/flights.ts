import type { Consumer } from './consumer.ts';
import { hasPassed } from './elapsed.ts';
import type { Entry } from './entry.ts';
import type { GroupStore } from './group-store.ts';

type Flight = { consumer: Consumer; sentAtMs: number; isFromBacklog: boolean };

/** The messages of a group that consumers have been sent and have not accepted. */
export type Flights = {
  send(entry: Entry, to: Omit<Flight, 'sentAtMs'>): void;
  /** Undefined for one that is not out any longer: it has been sent too late to count twice. */
  accept(entry: Entry): Flight | undefined;
  /** It comes again about a minute from now. */
  takeBack(entry: Entry): void;
  /** What the consumer had comes back, oldest first, but for what the backlog brings again by itself. */
  leave(consumer: Consumer): { live: Entry[]; fromBacklog: Entry[] };
  /** Secures what the bus has lent for too long, and brings again what nobody accepted for a minute. */
  tick(): void;
  /** Puts what is on the bus alone into the backlog. */
  putAside(): void;
  /** Has the bus let go of what it has lent. */
  drop(): void;
};

type Options = {
  store: GroupStore;
  nowMs: () => number;
  /** How long the bus may keep one that is not accepted. */
  longestOnBusMs(): number;
};

const REDELIVERY_MS = 60_000;
const MOST_ON_BUS = 4096;

export function createFlights({ store, nowMs, longestOnBusMs }: Options): Flights {
  /** Both by the time of sending. */
  const flights = new Map<Entry, Flight>();
  const onBus = new Map<Entry, Flight>();

  const land = (entry: Entry): Flight | undefined => {
    const flight = flights.get(entry);
    flights.delete(entry);
    onBus.delete(entry);
    return flight;
  };
  const bringAgain = (entry: Entry, flight: Flight, dueMs: number): void => {
    if (isSecured(entry, flight)) store.release(entry);
    else {
      entry.deliveries += 1;
      store.keep(entry, dueMs);
    }
  };
  /** They stay with their consumers, whose acceptance still counts. */
  const secureUnaccepted = (): void => {
    const spanMs = longestOnBusMs();
    for (const [entry, { sentAtMs }] of onBus) {
      const isTooLong = hasPassed(spanMs, { sinceMs: sentAtMs, nowMs: nowMs() });
      if (!isTooLong && onBus.size <= MOST_ON_BUS) break;
      onBus.delete(entry);
      entry.deliveries += 1;
      store.secure(entry, sentAtMs + REDELIVERY_MS);
    }
  };
  const giveUpUnaccepted = (): void => {
    for (const [entry, flight] of flights) {
      const { consumer, sentAtMs } = flight;
      if (!hasPassed(REDELIVERY_MS, { sinceMs: sentAtMs, nowMs: nowMs() })) break;
      land(entry);
      consumer.forget(entry);
      bringAgain(entry, flight, nowMs());
    }
  };

  return {
    send(entry, to) {
      const flight = { ...to, sentAtMs: nowMs() };
      flights.set(entry, flight);
      if (entry.place.at === 'bus') onBus.set(entry, flight);
      to.consumer.send(entry);
    },
    accept(entry) {
      store.finish(entry);
      return land(entry);
    },
    takeBack(entry) {
      const flight = land(entry);
      if (flight) bringAgain(entry, flight, nowMs() + REDELIVERY_MS);
    },
    leave(consumer) {
      const left = { live: [] as Entry[], fromBacklog: [] as Entry[] };
      for (const [entry, flight] of flights) {
        if (flight.consumer !== consumer) continue;
        land(entry);
        if (isSecured(entry, flight)) store.release(entry);
        else {
          entry.deliveries += 1;
          (flight.isFromBacklog ? left.fromBacklog : left.live).push(entry);
        }
      }
      return left;
    },
    tick() {
      secureUnaccepted();
      giveUpUnaccepted();
    },
    putAside() {
      for (const [entry, { sentAtMs }] of onBus) {
        land(entry);
        entry.deliveries += 1;
        store.keep(entry, sentAtMs + REDELIVERY_MS);
      }
    },
    drop() {
      for (const entry of onBus.keys()) store.finish(entry);
      onBus.clear();
      flights.clear();
    },
  };
}

/** Put into the backlog while it was out: it comes again from there when it is due, once nobody has it. */
function isSecured(entry: Entry, { isFromBacklog }: Flight): boolean {
  return !isFromBacklog && entry.place.at !== 'bus';
}
