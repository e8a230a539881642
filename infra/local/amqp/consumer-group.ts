import type { Delivery } from '../../../shared/ports/message-bus.ts';
import type { Consumer, Membership } from './consumer.ts';
import { hasPassed } from './elapsed.ts';
import type { Entry } from './entry.ts';
import { createFlights } from './flights.ts';
import type { GroupStore } from './group-store.ts';
import type { Pace } from './pace.ts';
import { createTurns } from './turns.ts';

export type ConsumerGroup = {
  /** A message as it comes. It is settled once it is accepted, or safe in the backlog. */
  offer(delivery: Delivery): void;
  join(consumer: Consumer): Membership;
  /** To be called every 100 ms or so: puts aside what could not be given as it came. */
  tick(): void;
  /** What was generated before is dropped instead of being sent. */
  dropBefore(timeMs: number): void;
  /** Puts everything into the backlog, as far as the disk takes it. What is offered later stays on the bus. */
  close(): Promise<void>;
  /** Lets go of everything, for a group that is no more. */
  drop(): Promise<void>;
};

export type GroupOptions = {
  store: GroupStore;
  /** Of messages from the backlog. */
  pace: Pace;
  nowMs: () => number;
  /** The bus has lent much of its window: what it has lent is to go to the backlog sooner. */
  isBusCrowded(): boolean;
  /** Called for each message that was accepted. */
  count(isFromBacklog: boolean): void;
};

/** How long a message waits for a consumer before it goes to the backlog (protocol.md 8.4). */
const LIVE_WAIT_MS = 1000;
/** How long the bus keeps a message that was sent and is not accepted. */
const UNACCEPTED_ON_BUS_MS = 2000;
/** Both, while the bus is crowded. */
const CROWDED_WAIT_MS = 100;
export const KEPT_MS = 24 * 60 * 60 * 1000;
/** More than these go to the backlog at once, the oldest first: the bus lends a window, not a store. */
const MOST_WAITING = 2048;
const CHUNKS_TAKEN = 8;
/** How often to look for what has become due, and, where nothing is known to wait, for what was miscounted. */
const LOOK_AGAIN_MS = 50;
const LOOK_ANYWAY_MS = 5000;

/**
 * Live messages go to the consumers in turn, in their order; what finds no room goes to the backlog,
 * from which it comes beside the live ones, at a limited pace. Docs: protocol.md 8.4.
 */
export function createConsumerGroup(options: GroupOptions): ConsumerGroup {
  const { store, pace, nowMs, isBusCrowded, count } = options;
  const waiting: Entry[] = [];
  /** Taken from the backlog, and not sent yet. */
  const recalled: Entry[] = [];
  const longestOnBusMs = () => (isBusCrowded() ? CROWDED_WAIT_MS : UNACCEPTED_ON_BUS_MS);
  const flights = createFlights({ store, nowMs, longestOnBusMs });
  const turns = createTurns<Consumer>();
  let isPumping = false;
  let isClosed = false;
  let droppedBeforeMs = 0;
  let foundNoneAtMs = Number.NEGATIVE_INFINITY;

  const isDropped = ({ message }: Entry): boolean => message.generateTimeMs < droppedBeforeMs;
  const isTooOld = ({ message }: Entry): boolean => message.generateTimeMs < nowMs() - KEPT_MS;

  const sendLive = (): void => {
    let done = 0;
    for (const entry of waiting) {
      if (isDropped(entry)) store.finish(entry);
      else {
        const consumer = turns.next();
        if (!consumer) break;
        flights.send(entry, { consumer, isFromBacklog: false });
      }
      done += 1;
    }
    waiting.splice(0, done);
  };
  const recall = (): void => {
    const restMs = store.count() > 0 ? LOOK_AGAIN_MS : LOOK_ANYWAY_MS;
    if (!hasPassed(restMs, { sinceMs: foundNoneAtMs, nowMs: nowMs() })) return;
    recalled.push(...store.take(nowMs(), CHUNKS_TAKEN));
    if (recalled.length === 0) foundNoneAtMs = nowMs();
  };
  const sendBacklog = (): void => {
    if (waiting.length > 0 || !turns.hasRoom()) return;
    if (recalled.length === 0) recall();
    let done = 0;
    for (const entry of recalled) {
      if (isDropped(entry) || isTooOld(entry)) store.finish(entry);
      else {
        const consumer = turns.hasRoom() && pace.take() ? turns.next() : undefined;
        if (!consumer) break;
        flights.send(entry, { consumer, isFromBacklog: true });
      }
      done += 1;
    }
    recalled.splice(0, done);
    if (done > 0 && recalled.length === 0) pump();
  };
  const pump = (): void => {
    if (isPumping || isClosed) return;
    isPumping = true;
    setImmediate(() => {
      isPumping = false;
      if (isClosed) return;
      sendLive();
      sendBacklog();
      if (waiting.length > MOST_WAITING) putAside(waiting.length - MOST_WAITING);
    });
  };
  const putAside = (count: number): void => {
    const now = nowMs();
    for (const entry of waiting.splice(0, count)) store.keep(entry, now);
  };
  const putAsideOverdue = (): void => {
    const spanMs = isBusCrowded() ? CROWDED_WAIT_MS : LIVE_WAIT_MS;
    const now = nowMs();
    const first = waiting.findIndex(
      ({ arrivedAtMs }) => !hasPassed(spanMs, { sinceMs: arrivedAtMs, nowMs: now }),
    );
    putAside(first === -1 ? waiting.length : first);
  };

  return {
    offer({ message, settle }) {
      if (isClosed) return;
      const place = { at: 'bus', settle } as const;
      waiting.push({ message, deliveries: 0, arrivedAtMs: nowMs(), place });
      pump();
    },
    join(consumer) {
      turns.add(consumer);
      pump();
      return {
        ready: pump,
        accepted(entry) {
          const flight = flights.accept(entry);
          if (!flight) return;
          count(flight.isFromBacklog);
          consumer.count(flight.isFromBacklog);
        },
        returned: flights.takeBack,
        leave() {
          turns.remove(consumer);
          const { live, fromBacklog } = flights.leave(consumer);
          waiting.unshift(...live);
          recalled.unshift(...fromBacklog);
          pump();
        },
      };
    },
    tick() {
      putAsideOverdue();
      flights.tick();
      pump();
    },
    dropBefore(timeMs) {
      droppedBeforeMs = timeMs;
    },
    async close() {
      isClosed = true;
      putAside(waiting.length);
      flights.putAside();
      await store.close();
    },
    async drop() {
      isClosed = true;
      for (const entry of waiting.splice(0)) store.finish(entry);
      flights.drop();
      await store.drop();
    },
  };
}
