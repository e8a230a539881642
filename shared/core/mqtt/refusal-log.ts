import type { Failure } from '../../model/failure.ts';
import type { Log } from '../../ports/log.ts';

/** Neither is a secret; the username is cut. */
type Refused = { username: string; sourceIp: string };

/**
 * A log of refusals that cannot be flooded. In a minute each client is in it once for each reason, up
 * to MOST_LINES in all; of the others there is the count, at 10, 100, 1000 and so on, and at the first
 * refusal of a later minute.
 */
export type RefusalLog = { refused(refused: Refused, failure: Failure): void };

export function createRefusalLog(
  message: string,
  { log, nowMs }: { log: Log; nowMs: () => number },
): RefusalLog {
  let minute = Number.NaN;
  let logged = new Set<string>();
  let unlogged = 0;
  const tellCount = () => log.warn({ refusals: unlogged }, `${message}, and not logged one by one`);
  return {
    refused: ({ username, sourceIp }, failure) => {
      const thisMinute = Math.floor(nowMs() / MINUTE_MS);
      if (thisMinute !== minute) {
        if (unlogged > 0) tellCount();
        minute = thisMinute;
        logged = new Set();
        unlogged = 0;
      }
      const shown = username.slice(0, LONGEST_USERNAME_CHARACTERS);
      const key = `${shown} ${sourceIp} ${failure.kind}`;
      if (!logged.has(key) && logged.size < MOST_LINES) {
        logged.add(key);
        log.warn({ username: shown, sourceIp, refused: failure }, message);
        return;
      }
      unlogged += 1;
      if (unlogged >= FIRST_COUNT && Number.isInteger(Math.log10(unlogged))) tellCount();
    },
  };
}

const MINUTE_MS = 60_000;
const MOST_LINES = 20;
const FIRST_COUNT = 10;
const LONGEST_USERNAME_CHARACTERS = 128;
