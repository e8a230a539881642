import type { Connection, Sender } from 'rhea';
import type { Outgoing, SenderInside } from './rhea-internals.ts';

/**
 * rhea 3.0.5 takes the fields of a frame as they come. Each rule here is about one that would have it loop
 * without end, fill the memory or write a line of log for every byte. Breaking one ends the connection.
 */
export function guardFrames(connection: Connection): void {
  before(connection, 'on_open', checkOpen);
  before(connection, 'on_begin', checkBegin);
  before(connection, 'on_attach', checkAttach);
  before(connection, 'on_flow', checkFlow);
  before(connection, 'on_transfer', refuseTransfer);
  before(connection, 'on_disposition', checkDisposition);
}

/**
 * rhea counts the credit of a drained link down one by one: long where it is large, and without end where
 * a receiver has lowered it below what was sent meanwhile.
 */
export function guardCredit(sender: Sender): void {
  const inner = sender as unknown as SenderInside;
  sender.on('sender_flow', () => {
    inner.credit = Math.max(0, inner.credit);
  });
  inner._get_drain = () => {
    if (!inner._draining || !inner._drained) return false;
    inner.delivery_count = (inner.delivery_count + inner.credit) >>> 0;
    inner.credit = 0;
    return true;
  };
}

type Frame = { channel: number; performative: Performative };

type Performative = Record<string, unknown> & {
  /** As they were read. */
  value: unknown[];
};

type Peer = {
  remote_channel_map: Record<number, Session | undefined>;
  local_channel_map: object;
};

type Session = { outgoing: Outgoing; local: { handles: object } };

type Check = (performative: Performative, peer: Peer, channel: number) => boolean;

/** False from `check` passes the frame over. @throws Error from `check` ends the connection. */
function before(connection: Connection, handler: string, check: Check): void {
  const peer = connection as unknown as Peer;
  const handle: (frame: Frame) => void = Reflect.get(connection, handler).bind(connection);
  Reflect.set(connection, handler, (frame: Frame) => {
    if (check(frame.performative, peer, frame.channel)) handle(frame);
  });
}

/** Messages are cut to the size of a frame (OASIS AMQP 1.0, 2.7.1: at least 512 bytes). */
function checkOpen({ max_frame_size, idle_time_out }: Performative): boolean {
  requireUints({ idle_time_out, max_frame_size });
  if (isAbsent(max_frame_size) || Number(max_frame_size) >= SHORTEST_FRAME_BYTES) return true;
  throw new Error(`frames of at most ${max_frame_size} bytes`);
}

function checkBegin(performative: Performative, { local_channel_map }: Peer): boolean {
  const { next_outgoing_id, incoming_window, outgoing_window } = performative;
  requireUints({ next_outgoing_id, incoming_window, outgoing_window });
  return requireFewer('sessions', local_channel_map, MOST_SESSIONS);
}

function checkAttach(performative: Performative, peer: Peer, channel: number): boolean {
  const { name, handle, initial_delivery_count } = performative;
  requireUints({ handle, initial_delivery_count });
  if (typeof name !== 'string') throw new Error('a link without a name');
  for (const at of [SOURCE_AT, TARGET_AT]) dropUnless(isTerminus, performative, at);
  const links = peer.remote_channel_map[channel]?.local.handles ?? {};
  return requireFewer('links of a session', links, MOST_LINKS);
}

function checkFlow(performative: Performative): boolean {
  const { next_incoming_id, incoming_window, next_outgoing_id, outgoing_window } = performative;
  const { handle, delivery_count, link_credit } = performative;
  requireUints({ next_incoming_id, incoming_window, next_outgoing_id, outgoing_window });
  requireUints({ handle, delivery_count, link_credit });
  return true;
}

/** Nobody was given credit for it. */
function refuseTransfer(): boolean {
  throw new Error('a consumer that sends a message');
}

/** Of the deliveries from `first` to `last`, those that are on the wire and not forgotten: rhea looks for each of them. */
function checkDisposition(performative: Performative, peer: Peer, channel: number): boolean {
  const { role, first, last } = performative;
  requireUints({ first, last });
  if (role !== true) throw new Error('the outcome of a message that nobody was sent');
  dropUnless(isOutcome, performative, STATE_AT);
  const outgoing = peer.remote_channel_map[channel]?.outgoing;
  const oldest = outgoing?.deliveries.get_head();
  if (!outgoing || !oldest) return false;
  const from = Math.max(Number(first), oldest.id);
  const to = Math.min(Number(last ?? first), outgoing.next_pending_delivery - 1);
  Object.assign(performative, { first: from, last: to });
  return from <= to;
}

function requireUints(fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (!isAbsent(value) && !isUint(value)) throw new Error(`${name} is no uint`);
  }
}

function requireFewer(what: string, those: object, most: number): boolean {
  if (Object.keys(those).length < most) return true;
  throw new Error(`more than ${most} ${what}`);
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function isUint(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_UINT;
}

/** rhea prints what it does not know, at its full length. */
function dropUnless(
  isKnown: (descriptor: unknown) => boolean,
  { value }: Performative,
  at: number,
): void {
  const { descriptor } = Object(value[at]) as { descriptor?: { value: unknown } };
  if (!isKnown(descriptor?.value)) value[at] = undefined;
}

const isTerminus = (descriptor: unknown): boolean => TERMINI.includes(descriptor);
const isOutcome = (descriptor: unknown): boolean => OUTCOMES.includes(descriptor);

const TERMINI: readonly unknown[] = [0x28, 0x29, 'amqp:source:list', 'amqp:target:list'];
const OUTCOMES: readonly unknown[] = [
  0x23,
  0x24,
  0x25,
  0x26,
  0x27,
  'amqp:received:list',
  'amqp:accepted:list',
  'amqp:rejected:list',
  'amqp:released:list',
  'amqp:modified:list',
];

/** Places of fields in their performatives. */
const SOURCE_AT = 5;
const TARGET_AT = 6;
const STATE_AT = 4;

const SHORTEST_FRAME_BYTES = 512;
const MOST_UINT = 0xffff_ffff;
/** A client has one link to receive on. Some have a session or two beside. */
const MOST_SESSIONS = 8;
const MOST_LINKS = 16;
