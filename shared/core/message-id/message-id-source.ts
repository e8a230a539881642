import type { SeenRecord } from '../../model/tables.ts';
import type { Table } from '../../ports/table.ts';
import { createMessageIdSequence, INSTANCES } from './message-id.ts';

/** At once, without a promise, but for the first id of a lease. */
export type MessageIdSource = () => string | Promise<string>;

export type MessageIdParts = {
  seen: Table<SeenRecord>;
  nowMs: () => number;
  /** A uniform integer from 0 up to, not including, `below`. */
  randomInteger: (below: number) => number;
};

type Lease = { next: () => string; untilMs: number };

/**
 * Ids that no other process draws: the process leases its instance number in `seen`, for an hour at
 * a time, with its first message. It stops using a lease a good while before others may take it, so
 * that clocks a few minutes apart do no harm.
 */
export function createMessageIdSource(parts: MessageIdParts): MessageIdSource {
  let lease: Lease | undefined;
  let leasing: Promise<Lease> | undefined;
  const renew = async (): Promise<string> => {
    leasing ??= leaseInstance(parts).finally(() => {
      leasing = undefined;
    });
    lease = await leasing;
    return lease.next();
  };
  return () => (lease && parts.nowMs() < lease.untilMs ? lease.next() : renew());
}

async function leaseInstance({ seen, nowMs, randomInteger }: MessageIdParts): Promise<Lease> {
  for (;;) {
    const instance = randomInteger(INSTANCES);
    const leasedAtMs = nowMs();
    const key = { partition: `message-id-instance/${instance}` };
    if (await seen.insert(key, { seenAtMs: leasedAtMs }, { expiresAtMs: leasedAtMs + LEASE_MS })) {
      return { next: createMessageIdSequence({ instance, nowMs }), untilMs: leasedAtMs + USED_MS };
    }
  }
}

const LEASE_MS = 60 * 60 * 1000;
const USED_MS = 50 * 60 * 1000;
