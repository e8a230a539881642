import type { IncomingMessage } from 'node:http';

export type BodyLimits = {
  /** A longer body is cut to one byte more than this, for the handler to refuse. */
  keptBytes: number;
  /** What is read and thrown away of a longer one, so that a client that writes all before it reads gets its answer. */
  readBytes: number;
};

/**
 * Calls back once, when the body has ended or has passed `readBytes`; `complete` is false then and
 * the connection has to be closed behind the answer. Never calls back for a client that went away.
 */
export function collectBody(
  incoming: IncomingMessage,
  limits: BodyLimits,
  done: (body: Buffer, complete: boolean) => void,
): void {
  const longest = limits.keptBytes + 1;
  const chunks: Buffer[] = [];
  let keptBytes = 0;
  let readBytes = 0;
  const onData = (chunk: Buffer) => {
    readBytes += chunk.length;
    if (keptBytes < longest) {
      const kept = chunk.subarray(0, longest - keptBytes);
      keptBytes += kept.length;
      chunks.push(kept);
    }
    if (readBytes > limits.readBytes) {
      incoming.off('data', onData).off('end', onEnd).pause();
      done(joined(chunks), false);
    }
  };
  const onEnd = () => done(joined(chunks), true);
  incoming.on('data', onData).on('end', onEnd);
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}
