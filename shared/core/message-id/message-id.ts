/**
 * The order of message ids: 64-bit decimals that grow with time.
 *
 *     41 bits ms since 2020 | 16 bits instance | 6 bits sequence
 *
 * They stay below 2^63 until 2089 and, like the platform's, are above 2^53: never pass one through
 * a JavaScript number. Unique as long as no two running processes share an instance, see
 * message-id-source.ts.
 */
export function createMessageIdSequence(options: {
  instance: number;
  nowMs: () => number;
}): () => string {
  const instance = BigInt(options.instance) << SEQUENCE_BITS;
  let lastMs = 0;
  let sequence = 0;
  /** Of `lastMs`: big integers cost, and a busy process draws several ids in a millisecond. */
  let first = 0n;
  const begin = (ms: number): void => {
    lastMs = ms;
    sequence = 0;
    first = (BigInt(ms - EPOCH_MS) << TIME_SHIFT) | instance;
  };
  return () => {
    const ms = options.nowMs();
    sequence += 1;
    if (ms > lastMs) begin(ms);
    // More than 64 in one millisecond, or the clock went back: run ahead of it, never repeat.
    else if (sequence === SEQUENCES) begin(lastMs + 1);
    return (first + BigInt(sequence)).toString();
  };
}

/** How many instances there are. */
export const INSTANCES = 65_536;

const EPOCH_MS = Date.UTC(2020, 0, 1);
const SEQUENCES = 64;
const SEQUENCE_BITS = 6n;
const TIME_SHIFT = 22n;
