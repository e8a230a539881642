import type { Socket } from 'node:net';
import rhea, { type Connection, type Delivery, type Sender } from 'rhea';

/**
 * What rhea 3.0.5 keeps to itself and a server has to know. Its typings leave all of this out; the
 * version is pinned, and test/wire/amqp-*.test.ts would fail if it changed.
 */
type ConnectionInside = {
  accept(socket: unknown): void;
  /** Reads what has come, and emits `error` for what it cannot read. */
  input(bytes: Buffer): void;
  /** Writes what has changed; runs in a tick of its own, where nobody catches. */
  _process(): void;
  /** Has _process run. */
  _register(): void;
  /** Ends its timers, and emits `disconnected`. */
  _disconnected(): void;
  local: { open: { idle_time_out?: number } };
  socket: Socket;
};

export type SenderInside = {
  /** Of messages that may be sent, and were not yet. */
  credit: number;
  delivery_count: number;
  /** The peer wants its credit used or given up. */
  _draining: boolean;
  /** We have no more to send. */
  _drained: boolean;
  /** Gives the credit up if it is to be, and says whether the flow that is written next tells of a drain. */
  _get_drain(): boolean;
};

type DeliveryInside = { data: Buffer[]; settled: boolean; remote_settled: boolean };

export type Outgoing = {
  /** Of all that was sent; those from `next_pending_delivery` on are not on the wire yet. */
  next_delivery_id: number;
  next_pending_delivery: number;
  deliveries: { get_head(): { id: number } | undefined };
  /** Places left for deliveries: a settled one keeps its own while one before it is not. */
  available(): number;
  /** Frames that the peer's session has room for. */
  transfer_window(): number;
};

const inside = (connection: Connection): ConnectionInside =>
  connection as unknown as ConnectionInside;

const insideSender = (sender: Sender): SenderInside => sender as unknown as SenderInside;

const outgoingOf = ({ session }: Sender): Outgoing =>
  (session as unknown as { outgoing: Outgoing }).outgoing;

export function acceptSocket(connection: Connection, socket: unknown): void {
  inside(connection).accept(socket);
}

export function socketOf(connection: Connection): Socket {
  return inside(connection).socket;
}

/** Has rhea read what `take` hands on, in place of what comes. To be called before the socket is accepted. */
export function filterInput(
  connection: Connection,
  take: (chunk: Buffer, read: (bytes: Buffer) => void) => void,
): void {
  const inner = inside(connection);
  const read = inner.input.bind(connection);
  inner.input = (chunk) => take(chunk, read);
}

/** Has `around` called for each run of `_process`, with the run. */
export function wrapProcessing(connection: Connection, around: (run: () => void) => void): void {
  const inner = inside(connection);
  const run = inner._process.bind(connection);
  inner._process = () => around(run);
}

/** For a socket that is gone: where nothing says so to rhea, its timers go on, and write. */
export function endConnection(connection: Connection): void {
  inside(connection)._disconnected();
}

/** Of the OPEN that answers the peer's; to be called while that is handled. */
export function declareIdleTimeOut(connection: Connection, idleTimeOutMs: number): void {
  inside(connection).local.open.idle_time_out = idleTimeOutMs;
}

/** How many more messages can be sent: by the credit, by the window of the session, by rhea's places. */
export function roomOf(sender: Sender): number {
  const outgoing = outgoingOf(sender);
  const unsent = unsentOf(sender);
  const { credit } = insideSender(sender);
  return Math.min(credit - unsent, outgoing.transfer_window() - unsent, outgoing.available());
}

export function placesLeft(sender: Sender): number {
  return outgoingOf(sender).available();
}

/** How many messages rhea holds that are not on the wire. */
export function unsentOf(sender: Sender): number {
  const { next_delivery_id, next_pending_delivery } = outgoingOf(sender);
  return next_delivery_id - next_pending_delivery;
}

/** Settles a delivery that the receiver has not settled, and waits for no answer. */
export function settleAlone(delivery: Delivery): void {
  // Without a state, rhea's receivers print a line for each.
  const state = delivery.remote_state ?? newReleased();
  if (isOnTheWire(delivery)) delivery.update(true, state.described());
  letGo(delivery);
}

const newReleased: () => { described(): unknown } = Reflect.get(rhea.message, 'released');

/** Frees the place of a delivery once there is none before it, and its bytes at once. */
export function letGo(delivery: Delivery): void {
  const inner = delivery as unknown as DeliveryInside;
  inner.settled = true;
  // The others are still to go out, and rhea looks for them in their places.
  if (!isOnTheWire(delivery)) return;
  inner.remote_settled = true;
  inner.data = [];
}

const isOnTheWire = ({ id, link }: Delivery): boolean =>
  id < outgoingOf(link as Sender).next_pending_delivery;

/** Tells a receiver that drains that there is no more. */
export function finishDrain(sender: Sender): void {
  sender.set_drained(true);
  inside(sender.connection)._register();
}
