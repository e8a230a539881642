import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createFrameGuard,
  type FrameGuard,
  guardSocket,
} from '../../../../../infra/local/net/frame-guard.ts';

const LIMIT_BYTES = 262_144 + 1024;
const STRANGER_BYTES = 16 * 1024;
const CONNECT = packet(1, 40);

function packet(type: number, bodyBytes: number): Buffer {
  return Buffer.concat([Buffer.from([type << 4, ...varint(bodyBytes)]), Buffer.alloc(bodyBytes)]);
}

function varint(length: number): number[] {
  const low = length % 128;
  return length < 128 ? [low] : [low | 0x80, ...varint(Math.floor(length / 128))];
}

function admitted(): FrameGuard {
  const guard = createFrameGuard(LIMIT_BYTES);
  guard.accept(CONNECT);
  guard.admit();
  return guard;
}

/** The bytes in pieces; lengths beyond the end are empty pieces. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...pieces, bytes.subarray(at)];
}

const packets = fc.array(
  fc.record({ type: fc.integer({ min: 2, max: 14 }), bodyBytes: fc.integer({ min: 0, max: 500 }) }),
  { maxLength: 12 },
);
const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 40 });

test('packets pass, however they are cut into chunks', () => {
  fc.assert(
    fc.property(packets, lengths, (list, cuts) => {
      const bytes = Buffer.concat([
        CONNECT,
        ...list.map(({ type, bodyBytes }) => packet(type, bodyBytes)),
      ]);
      const guard = createFrameGuard(LIMIT_BYTES);
      expect(cut(bytes, cuts).every((chunk) => guard.accept(chunk))).toBe(true);
    }),
  );
});

/** Heads that break a rule with their very last byte. */
const BAD_HEADS: [what: string, head: number[]][] = [
  ['type 0', [0x00]],
  ['type 15', [0xf0]],
  ['a second CONNECT', [0x10]],
  ['a length that does not end', [0x30, 0x80, 0x80, 0x80, 0x80]],
  ['a packet over the limit', [0x30, ...varint(LIMIT_BYTES + 1)]],
  ['the longest packet of MQTT', [0x30, 0xff, 0xff, 0xff]],
];

test.each(BAD_HEADS)('%s is refused in the chunk that tells, and in none before', (_, head) => {
  fc.assert(
    fc.property(packets, lengths, (list, cuts) => {
      const before = list.map(({ type, bodyBytes }) => packet(type, bodyBytes));
      const bytes = Buffer.concat([...before, Buffer.from(head), Buffer.alloc(100)]);
      const toldAt = bytes.length - 100;
      const guard = admitted();
      let seen = 0;
      for (const chunk of cut(bytes, cuts)) {
        seen += chunk.length;
        const isTold = seen >= toldAt;
        expect(guard.accept(chunk)).toBe(!isTold);
        if (isTold) return;
      }
    }),
  );
});

test('a packet of exactly the limit passes once the client has signed in', () => {
  const guard = admitted();
  expect(guard.accept(packet(3, LIMIT_BYTES))).toBe(true);
  expect(guard.accept(packet(12, 0))).toBe(true);
});

test.each([3, 8, 12, 14])('a packet of type %i is refused before CONNECT', (type) => {
  expect(createFrameGuard(LIMIT_BYTES).accept(packet(type, 2))).toBe(false);
});

test('a stranger may send as much as 16 KB, in any packets behind its CONNECT', () => {
  const guard = createFrameGuard(LIMIT_BYTES);
  expect(guard.accept(CONNECT)).toBe(true);
  const rest = packet(3, STRANGER_BYTES - CONNECT.length - 3);
  expect(CONNECT.length + rest.length).toBe(STRANGER_BYTES);
  expect(guard.accept(rest)).toBe(true);
  expect(guard.accept(Buffer.from([0xc0]))).toBe(false);
});

test('a stranger that announces more than 16 KB is refused by the head alone', () => {
  const guard = createFrameGuard(LIMIT_BYTES);
  expect(guard.accept(Buffer.from([0x10, ...varint(STRANGER_BYTES + 1)]))).toBe(false);
});

async function guarded(chunks: Buffer[]): Promise<{ stream: PassThrough; violations: number }> {
  const stream = new PassThrough();
  const result = { stream, violations: 0 };
  const guard = createFrameGuard(LIMIT_BYTES);
  guardSocket(stream, guard, () => {
    result.violations += 1;
  });
  for (const chunk of chunks) stream.write(chunk);
  await new Promise(setImmediate);
  return result;
}

test('what a guarded stream reads is what came', async () => {
  const { stream, violations } = await guarded([CONNECT.subarray(0, 7), CONNECT.subarray(7)]);
  expect(stream.read()).toEqual(CONNECT);
  expect(stream.read()).toBeNull();
  expect([violations, stream.destroyed]).toEqual([0, false]);
});

test('a guarded stream withholds what breaks a rule, ends, and says so once', async () => {
  const result = await guarded([Buffer.from([0xf0, 0]), CONNECT]);
  expect(result.stream.read(1)).toBeNull();
  expect(result.stream.read()).toBeNull();
  expect([result.violations, result.stream.destroyed]).toEqual([1, true]);
});
