import { dropOldest } from '../cache/drop-oldest.ts';

/**
 * Refuses who keeps sending wrong passwords, from memory: a device with a wrong secret tries every
 * second for ever (devices.md 2, no. 24). One device from one address; the same device gets in from
 * another one.
 */
export type LoginGuard = {
  /** What keeps the login out until the minute of its first wrong password ends; undefined where it is open. */
  blockOf(login: GuardedLogin): LoginBlock | undefined;
  failed(login: GuardedLogin): void;
};

type LoginBlock = { failures: number; opensInMs: number };

type GuardedLogin = { username: string; sourceIp: string };

type Failures = { count: number; sinceMs: number };

export function createLoginGuard(nowMs: () => number, capacity = KEPT_LOGINS): LoginGuard {
  const byLogin = new Map<string, Failures>();
  const current = (key: string): Failures | undefined => {
    const found = byLogin.get(key);
    if (!found) return undefined;
    const ageMs = nowMs() - found.sinceMs;
    if (ageMs >= 0 && ageMs < MINUTE_MS) return found;
    byLogin.delete(key);
    return undefined;
  };
  return {
    blockOf: (login) => {
      const found = current(keyOf(login));
      if (!found || found.count < MOST_FAILURES) return undefined;
      return { failures: found.count, opensInMs: found.sinceMs + MINUTE_MS - nowMs() };
    },
    failed: (login) => {
      const key = keyOf(login);
      const found = current(key);
      if (found) {
        found.count += 1;
        return;
      }
      if (byLogin.size >= capacity) dropOldest(byLogin);
      byLogin.set(key, { count: 1, sinceMs: nowMs() });
    },
  };
}

/** Cut: a username may have 64 KB, none that gets as far as its password more than this. */
function keyOf({ username, sourceIp }: GuardedLogin): string {
  return `${username.slice(0, LONGEST_KEPT_CHARACTERS)} ${sourceIp}`;
}

const MOST_FAILURES = 5;
const MINUTE_MS = 60_000;
const LONGEST_KEPT_CHARACTERS = 128;
/** About 200 bytes each. */
const KEPT_LOGINS = 20_000;
