import type { Delivery } from '../../../shared/ports/message-bus.ts';
import type { Entry } from './entry.ts';
import type { GroupStore } from './group-store.ts';
import type { Pace } from './pace.ts';

/** A connection that takes messages of the group. */
export type Consumer = {
  /** How many messages it has room for now. */
  room(): number;
  /** Its outcome comes through the Membership. */
  send(entry: Entry): void;
  /** Nobody waits for the outcome of this one any longer. */
  forget(entry: Entry): void;
  /** A message that it has accepted. */
  count(isFromBacklog: boolean): void;
};

/** What a consumer tells its group. */
export type Membership = {
  /** There is room, or more of it. */
  hasRoom(): void;
  accepted(entry: Entry): void;
  /** Released, rejected or modified: it comes again in about a minute. */
  returned(entry: Entry): void;
  /** What is not accepted by now goes to the others. */
  leave(): void;
};

export type ConsumerGroup = {
  /** A message as it comes. It is settled once it is accepted, or safe in the backlog. */
  offer(delivery: Delivery): void;
  join(consumer: Consumer): Membership;
  /** To be called every 100 ms or so: puts aside what could not be given as it came. */
  tick(): void;
  /** What was generated before is dropped instead of being sent. */
  dropBefore(timeMs: number): void;
  /** Puts everything into the backlog. */
  close(): Promise<void>;
};

export type GroupOptions = {
  store: GroupStore;
  /** Of messages from the backlog. */
  pace: Pace;
  nowMs: () => number;
  /** Called for each message that was accepted. */
  count(isFromBacklog: boolean): void;
};

/** How long a message waits for a consumer before it goes to the backlog (protocol.md 8.4). */
const LIVE_WAIT_MS = 1000;
/** How long the bus keeps a message that was sent and is not accepted. */
const UNACCEPTED_ON_BUS_MS = 2000;
const REDELIVERY_MS = 60_000;
export const KEPT_MS = 24 * 60 * 60 * 1000;
/** More than these go to the backlog at once, the oldest first: the bus lends a window, not a store. */
const MOST_WAITING = 2048;
const MOST_UNACCEPTED_ON_BUS = 4096;
const CHUNKS_TAKEN = 8;
const LOOK_AGAIN_MS = 50;

type Flight = { consumer: Consumer; sentAtMs: number; isFromBacklog: boolean };

/**
 * Live messages go to the consumers in turn, in their order; what finds no room goes to the backlog,
 * from which it comes beside the live ones, at a limited pace. Docs: protocol.md 8.4.
 */
export function createConsumerGroup(options: GroupOptions): ConsumerGroup {
  const { store, pace, nowMs, count } = options;
  const waiting: Entry[] = [];
  const recalled: Entry[] = [];
  /** By the time of sending. */
  const flights = new Map<Entry, Flight>();
  const consumers: Consumer[] = [];
  let onBus = 0;
  let next = 0;
  let isPumping = false;
  let droppedBeforeMs = 0;
  let nothingDueUntilMs = 0;

  const isGone = ({ message }: Entry): boolean =>
    message.generateTimeMs < Math.max(droppedBeforeMs, nowMs() - KEPT_MS);

  const withRoom = (): { consumer: Consumer; room: number } | undefined => {
    for (let tried = 0; tried < consumers.length; tried += 1) {
      next = (next + 1) % consumers.length;
      const consumer = consumers[next];
      const room = consumer?.room() ?? 0;
      if (consumer && room > 0) return { consumer, room };
    }
    return undefined;
  };
  const send = (entry: Entry, consumer: Consumer, isFromBacklog: boolean): void => {
    flights.set(entry, { consumer, sentAtMs: nowMs(), isFromBacklog });
    if (entry.place.at === 'bus') onBus += 1;
    consumer.send(entry);
  };
  const land = (entry: Entry): Flight | undefined => {
    const flight = flights.get(entry);
    if (!flight) return undefined;
    flights.delete(entry);
    if (entry.place.at === 'bus') onBus -= 1;
    return flight;
  };
  const keep = (entry: Entry, dueMs: number, alone = false): void => {
    if (entry.place.at === 'bus' && flights.has(entry)) onBus -= 1;
    store.keep(entry, dueMs, alone);
  };

  const sendLive = (): void => {
    let sent = 0;
    while (sent < waiting.length) {
      const chosen = withRoom();
      if (!chosen) break;
      const share = Math.ceil((waiting.length - sent) / consumers.length);
      for (let count = Math.min(chosen.room, share); count > 0; count -= 1) {
        const entry = waiting[sent];
        if (!entry) break;
        sent += 1;
        send(entry, chosen.consumer, false);
      }
    }
    waiting.splice(0, sent);
  };
  const recall = (): void => {
    if (recalled.length > 0 || store.count() === 0 || nowMs() < nothingDueUntilMs) return;
    recalled.push(...store.take(nowMs(), CHUNKS_TAKEN));
    if (recalled.length === 0) nothingDueUntilMs = nowMs() + LOOK_AGAIN_MS;
  };
  const sendBacklog = (): void => {
    if (waiting.length > 0 || consumers.length === 0) return;
    recall();
    while (recalled.length > 0) {
      const [entry] = recalled;
      if (!entry) break;
      if (isGone(entry)) store.finish(entry);
      else {
        const chosen = withRoom();
        if (!chosen || !pace.take()) break;
        send(entry, chosen.consumer, true);
      }
      recalled.shift();
    }
  };
  const pump = (): void => {
    if (isPumping) return;
    isPumping = true;
    setImmediate(() => {
      isPumping = false;
      sendLive();
      sendBacklog();
      if (waiting.length > MOST_WAITING) putAside(waiting.length - MOST_WAITING);
    });
  };
  const putAside = (count: number): void => {
    const now = nowMs();
    for (const entry of waiting.splice(0, count)) keep(entry, now);
  };
  const putAsideOverdue = (): void => {
    const now = nowMs();
    const first = waiting.findIndex(({ arrivedAtMs }) => arrivedAtMs > now - LIVE_WAIT_MS);
    putAside(first === -1 ? waiting.length : first);
  };
  /** It stays with its consumer, whose acceptance still counts. */
  const putAsideUnaccepted = (): void => {
    const now = nowMs();
    for (const [entry, flight] of flights) {
      const ageMs = now - flight.sentAtMs;
      if (ageMs < UNACCEPTED_ON_BUS_MS && onBus <= MOST_UNACCEPTED_ON_BUS) break;
      if (entry.place.at === 'bus') {
        entry.deliveries += 1;
        keep(entry, flight.sentAtMs + REDELIVERY_MS, true);
      } else if (ageMs >= REDELIVERY_MS && entry.place.at === 'chunk') giveUp(entry, flight);
    }
  };
  const giveUp = (entry: Entry, { consumer, isFromBacklog }: Flight): void => {
    flights.delete(entry);
    consumer.forget(entry);
    if (isFromBacklog) again(entry, nowMs());
  };
  const again = (entry: Entry, dueMs: number): void => {
    entry.deliveries += 1;
    keep(entry, dueMs, true);
  };

  return {
    offer({ message, settle }) {
      waiting.push({
        message,
        deliveries: 0,
        arrivedAtMs: nowMs(),
        place: { at: 'bus', settle },
      });
      pump();
    },
    join(consumer) {
      consumers.push(consumer);
      pump();
      return {
        hasRoom: pump,
        accepted(entry) {
          const flight = land(entry);
          store.finish(entry);
          if (!flight) return;
          count(flight.isFromBacklog);
          consumer.count(flight.isFromBacklog);
        },
        returned(entry) {
          const flight = land(entry);
          // One that was put aside while it was out is due by itself.
          if (!flight || (!flight.isFromBacklog && entry.place.at !== 'bus')) return;
          again(entry, nowMs() + REDELIVERY_MS);
        },
        leave() {
          consumers.splice(consumers.indexOf(consumer), 1);
          const left = [...flights].filter(([, flight]) => flight.consumer === consumer);
          for (const [entry] of left) {
            land(entry);
            entry.deliveries += 1;
          }
          const entries = left.map(([entry]) => entry);
          waiting.unshift(...entries.filter(({ place }) => place.at === 'bus'));
          const old = left.filter(
            ([{ place }, flight]) => flight.isFromBacklog && place.at === 'chunk',
          );
          recalled.unshift(...old.map(([entry]) => entry));
          pump();
        },
      };
    },
    tick() {
      putAsideOverdue();
      putAsideUnaccepted();
      pump();
    },
    dropBefore(timeMs) {
      droppedBeforeMs = timeMs;
    },
    async close() {
      putAside(waiting.length);
      for (const [entry, { sentAtMs }] of flights) {
        if (entry.place.at === 'bus') again(entry, sentAtMs + REDELIVERY_MS);
      }
      await store.flushed();
    },
  };
}
