import { isSoundValue } from './sound-value.ts';

/**
 * Gives the frames and protocol headers that are whole by now; it may be none.
 * @throws Error for what is no sound frame, and is then of no more use.
 */
export type WholeFrames = (chunk: Buffer) => Buffer;

/**
 * Cuts the bytes of a client into frames (OASIS AMQP 1.0, part 2.2 and 2.3) and looks at each before
 * anything parses it. No more than one frame of `longestBytes` is held back.
 */
export function createWholeFrames(longestBytes: number): WholeFrames {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = endOfFrames(bytes, longestBytes);
    held = bytes.subarray(end);
    return bytes.subarray(0, end);
  };
}

/** Of a frame's head, and of a protocol header. */
const HEAD_BYTES = 8;
const PROTOCOL_HEADER = 'AMQP';
const WORD_BYTES = 4;

function endOfFrames(bytes: Buffer, longestBytes: number): number {
  let at = 0;
  while (bytes.length - at >= HEAD_BYTES) {
    const isHeader = bytes.toString('latin1', at, at + WORD_BYTES) === PROTOCOL_HEADER;
    const size = isHeader ? HEAD_BYTES : bytes.readUInt32BE(at);
    if (size < HEAD_BYTES) throw new Error(`a frame of ${size} bytes`);
    if (size > longestBytes) throw new Error(`no AMQP, or a frame of ${size} bytes`);
    if (bytes.length - at < size) break;
    if (!isHeader) checkBody(bytes.subarray(at, at + size));
    at += size;
  }
  return at;
}

/** Behind the performative there may be a payload, which rhea takes for bytes. */
function checkBody(frame: Buffer): void {
  const bodyAt = (frame[WORD_BYTES] ?? 0) * WORD_BYTES;
  if (bodyAt < HEAD_BYTES || bodyAt > frame.length) {
    throw new Error('a frame whose body begins outside of it');
  }
  if (bodyAt < frame.length && !isSoundValue(frame, bodyAt)) {
    throw new Error('a frame whose sizes and counts do not fit');
  }
}
