import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type AmqpConsumer, amqpLogin } from '../../shared/core/signing/amqp-login.ts';

/** Frames of AMQP 1.0 by hand, for what no client of a library sends. */
const NULL = Buffer.from([0x40]);

export const uint = (value: number): Buffer => sized(0x70, word(value));
export const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return sized(0x82, bytes);
};
const bool = (value: boolean): Buffer => Buffer.from([value ? 0x41 : 0x42]);
const binary = (bytes: Buffer): Buffer => sized(0xb0, word(bytes.length), bytes);
export const text = (value: string): Buffer =>
  sized(0xb1, word(Buffer.byteLength(value)), Buffer.from(value));
const symbol = (value: string): Buffer => sized(0xb3, word(value.length), Buffer.from(value));
export const list = (...items: Buffer[]): Buffer => counted(0xd0, items.length, ...items);
/** An array of nulls: it has no bytes for its elements. */
export const nulls = (count: number): Buffer => counted(0xf0, count, NULL);
/** A list that says how many it has, and has what is given. */
export const claiming = (count: number, rest: Buffer): Buffer => counted(0xd0, count, rest);
export const described = (code: number, value: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x00, 0x53, code]), value]);

type FrameOptions = { type?: 'amqp' | 'sasl'; channel?: number };

export function frame(body: Buffer, { type = 'amqp', channel = 0 }: FrameOptions = {}): Buffer {
  const head = Buffer.from([2, type === 'sasl' ? 1 : 0, channel >> 8, channel & 0xff]);
  return Buffer.concat([word(body.length + 8), head, body]);
}

const performative = (code: number, fields: Buffer[], options?: FrameOptions): Buffer =>
  frame(described(code, list(...fields)), options);

export const SASL_HEADER = Buffer.from('AMQP\u0003\u0001\u0000\u0000');
const AMQP_HEADER = Buffer.from('AMQP\u0000\u0001\u0000\u0000');
const ACCEPTED = described(0x24, list());

export const open = (maxFrameBytes = 65_536): Buffer =>
  performative(0x10, [text('raw'), NULL, uint(maxFrameBytes), NULL, uint(60_000)]);
export const begin = (channel = 0): Buffer =>
  performative(0x11, [NULL, uint(0), uint(100_000), uint(100_000)], { channel });
export const attach = (name = 'link', { handle = 0, isSender = false } = {}): Buffer =>
  performative(0x12, [text(name), uint(handle), bool(!isSender), NULL, NULL, NULL, NULL]);
export const flow = (
  credit: Buffer,
  { isDrain = false, incomingWindow = 100_000, deliveryCount = 0 } = {},
): Buffer => {
  const session = [uint(0), uint(incomingWindow), uint(0), uint(0)];
  return performative(0x13, [
    ...session,
    uint(0),
    uint(deliveryCount),
    credit,
    NULL,
    bool(isDrain),
  ]);
};
export const disposition = (first: Buffer, last: Buffer, state = ACCEPTED): Buffer =>
  performative(0x15, [bool(true), first, last, bool(true), state]);
export const detach = (): Buffer => performative(0x16, [uint(0), bool(true)]);
export const transfer = (payload: Buffer): Buffer => {
  const fields = [uint(0), uint(0), binary(Buffer.from('tag')), uint(0)];
  return frame(Buffer.concat([described(0x14, list(...fields)), payload]));
};

export type RawAmqp = {
  socket: Socket;
  /** All that has come. */
  received(): Buffer;
  send(...frames: Buffer[]): void;
};

export function connectRawAmqp(url: string): RawAmqp {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  return {
    socket,
    received: () => Buffer.concat(chunks),
    send: (...frames) => void socket.write(Buffer.concat(frames)),
  };
}

/** Signs in, and has sent the header of AMQP. */
export async function signInRawAmqp(url: string, consumer: AmqpConsumer): Promise<RawAmqp> {
  const raw = connectRawAmqp(url);
  await once(raw.socket, 'connect');
  const { username, password } = amqpLogin(consumer, 1_573_489_088_171);
  const response = Buffer.from(`\u0000${username}\u0000${password}`);
  raw.send(
    SASL_HEADER,
    performative(0x41, [symbol('PLAIN'), binary(response), NULL], { type: 'sasl' }),
  );
  const outcome = Buffer.from([0x00, 0x53, 0x44]);
  while (!raw.received().includes(outcome)) await sleep(2);
  raw.send(AMQP_HEADER);
  return raw;
}

function sized(code: number, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([code]), ...parts]);
}

function counted(code: number, count: number, ...items: Buffer[]): Buffer {
  const bytes = Buffer.concat(items);
  return sized(code, word(bytes.length + 4), word(count), bytes);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
