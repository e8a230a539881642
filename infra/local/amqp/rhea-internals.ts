import type { Connection, Delivery, Sender } from 'rhea';

/**
 * What rhea 3.0.5 keeps to itself and a server has to know. Its typings leave all of this out; the
 * version is pinned, and test/wire/amqp-*.test.ts would fail if it changed.
 */
type ConnectionInside = {
  accept(socket: unknown): void;
  /** Writes what has changed; runs in a tick of its own, where nobody catches. */
  _process(): void;
  /** Has _process run. */
  _register(): void;
  local: { open: { idle_time_out?: number } };
  /** Bytes of the frame whose beginning has come. */
  frame_size?: number;
};

type Outgoing = {
  next_delivery_id: number;
  next_pending_delivery: number;
  /** Places left for deliveries: a settled one keeps its own while one before it is not. */
  available(): number;
};

const inside = (connection: Connection): ConnectionInside =>
  connection as unknown as ConnectionInside;

const outgoingOf = ({ session }: Sender): Outgoing =>
  (session as unknown as { outgoing: Outgoing }).outgoing;

export function acceptSocket(connection: Connection, socket: unknown): void {
  inside(connection).accept(socket);
}

/** Has `around` called for each run of `_process`, with the run. */
export function wrapProcessing(connection: Connection, around: (run: () => void) => void): void {
  const inner = inside(connection);
  const run = inner._process.bind(connection);
  inner._process = () => around(run);
}

export function processSoon(connection: Connection): void {
  inside(connection)._register();
}

/** Of the OPEN that answers the peer's; to be called while that is handled. */
export function declareIdleTimeOut(connection: Connection, idleTimeOutMs: number): void {
  inside(connection).local.open.idle_time_out = idleTimeOutMs;
}

export function announcedFrameBytes(connection: Connection): number {
  return inside(connection).frame_size ?? 0;
}

/** Credit, less what was sent and is not on the wire yet. */
export function unusedCredit(sender: Sender): number {
  const { next_delivery_id, next_pending_delivery } = outgoingOf(sender);
  const { credit } = sender as unknown as { credit: number };
  return credit - (next_delivery_id - next_pending_delivery);
}

export function placesLeft(sender: Sender): number {
  return outgoingOf(sender).available();
}

/** Settles a delivery whose outcome nobody waits for any longer, and lets go of its place. */
export function abandon(delivery: Delivery): void {
  delivery.update(true);
  (delivery as { remote_settled: boolean }).remote_settled = true;
}
