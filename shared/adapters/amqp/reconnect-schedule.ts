import type { ConnectionEnd } from './rhea-connection.ts';

/** When to connect again. */
export type ReconnectSchedule = {
  /** Milliseconds until the next attempt, after a connection that was open for so long; 0 where it never was. */
  nextDelayMs(end: Pick<ConnectionEnd, 'isRefused'>, openForMs: number): number;
};

/**
 * From 1 s on twice as long each time, up to a minute, less a half at random, so that consumers which were
 * lost together do not come back together; from 10 s on for who was refused, as by a broker that has no
 * logins yet while it starts. A consumer group has 100 attempts a minute (protocol.md 8.4): one consumer
 * makes less than ten.
 */
export function createReconnectSchedule(randomFraction: () => number): ReconnectSchedule {
  let losses = 0;
  let refusals = 0;
  return {
    nextDelayMs: ({ isRefused }, openForMs) => {
      if (openForMs >= STEADY_MS) losses = 0;
      if (!isRefused) refusals = 0;
      const delayMs = isRefused ? REFUSED_MS * 2 ** refusals : FIRST_MS * 2 ** losses;
      if (isRefused) refusals += 1;
      else losses += 1;
      return Math.min(MOST_MS, delayMs) * (1 - randomFraction() / 2);
    },
  };
}

const FIRST_MS = 1000;
const REFUSED_MS = 10_000;
const MOST_MS = 60_000;
/** A connection that ends sooner counts as a failed attempt. */
const STEADY_MS = 30_000;
