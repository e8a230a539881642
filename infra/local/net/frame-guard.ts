import type { Duplex } from 'node:stream';

/** Looks at the heads of the packets of one connection, before anything parses or collects them. */
export type FrameGuard = {
  /** False once the bytes so far break a rule; the connection is then to be closed. */
  accept(chunk: Buffer): boolean;
  /** To be called when the client has signed in: lifts the limits for strangers. */
  admit(): void;
};

/**
 * Lets in packets of the MQTT types 1 to 14 with a remaining length of at most `limitBytes`. The first
 * has to be CONNECT, and no other may be. A client that has not signed in gets 16 KB in all, so that
 * strangers can neither fill the memory nor make the parser work (MQTT 3.1.1, 2.2 and 3.1).
 */
export function createFrameGuard(limitBytes: number): FrameGuard {
  const reading: Reading = {
    limitBytes: STRANGER_BYTES,
    isFirst: true,
    length: 0,
    lengthBits: NO_LENGTH,
    bodyBytes: 0,
  };
  let strangerBytes = 0;
  let isAdmitted = false;
  return {
    accept: (chunk) => {
      if (!isAdmitted) {
        strangerBytes += chunk.length;
        if (strangerBytes > STRANGER_BYTES) return false;
      }
      return acceptHeads(chunk, reading);
    },
    admit: () => {
      isAdmitted = true;
      reading.limitBytes = limitBytes;
    },
  };
}

type Reading = {
  limitBytes: number;
  isFirst: boolean;
  /** As far as it is known, and how many bits of it that is. */
  length: number;
  lengthBits: number;
  /** What is still to come of the packet behind its length. */
  bodyBytes: number;
};

function acceptHeads(chunk: Buffer, reading: Reading): boolean {
  let at = 0;
  for (;;) {
    const passed = Math.min(reading.bodyBytes, chunk.length - at);
    reading.bodyBytes -= passed;
    at += passed;
    const byte = chunk[at];
    if (byte === undefined) return true;
    at += 1;
    const accepts = reading.lengthBits === NO_LENGTH ? acceptType : acceptLength;
    if (!accepts(byte, reading)) return false;
  }
}

function acceptType(byte: number, reading: Reading): boolean {
  const type = byte >> 4;
  if ((type === CONNECT) !== reading.isFirst || type < CONNECT || type > DISCONNECT) return false;
  reading.isFirst = false;
  reading.length = 0;
  reading.lengthBits = 0;
  return true;
}

function acceptLength(byte: number, reading: Reading): boolean {
  reading.length += (byte & 0x7f) << reading.lengthBits;
  if (reading.length > reading.limitBytes) return false;
  if (byte < CONTINUED) {
    reading.bodyBytes = reading.length;
    reading.lengthBits = NO_LENGTH;
    return true;
  }
  reading.lengthBits += 7;
  return reading.lengthBits < LENGTH_BITS;
}

/**
 * Puts a guard before everything that takes bytes from `stream` by read(), as aedes does. A violation
 * destroys the stream, and what was read is withheld. Listeners of `data` would see it all the same.
 */
export function guardSocket(
  stream: Duplex,
  guard: Pick<FrameGuard, 'accept'>,
  onViolation: () => void,
): void {
  const read: (size?: number) => Buffer | null = stream.read.bind(stream);
  let isViolated = false;
  stream.read = (size) => {
    const chunk = isViolated ? null : read(size);
    if (chunk === null || guard.accept(chunk)) return chunk;
    isViolated = true;
    stream.destroy();
    onViolation();
    return null;
  };
}

/** Types of packets. */
const CONNECT = 1;
const DISCONNECT = 14;

const STRANGER_BYTES = 16 * 1024;

/** The length comes 7 bits a byte, the lowest first, in 4 bytes at most; a set top bit announces another. */
const CONTINUED = 0x80;
const LENGTH_BITS = 28;
const NO_LENGTH = -1;
