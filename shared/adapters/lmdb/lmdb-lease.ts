import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Ledger } from './lmdb-ledger.ts';

export type LeaseHolder = {
  /** Takes or renews the lease; false while another one has it. */
  hold(): Promise<boolean>;
  /** For use inside a transaction of the ledger: what this holder writes there is fenced by it. */
  isHeld(): boolean;
  release(): Promise<void>;
};

export type LeaseOptions = { ledger: Ledger; consumer: string; nowMs(): number };

const LEASE_MS = 10_000;
export const RENEWAL_MS = LEASE_MS / 3;

export function createLeaseHolder({ ledger, consumer, nowMs }: LeaseOptions): LeaseHolder {
  const { root, settle, leases } = ledger;
  const owner = randomUUID();
  let renewAtMs = Number.NEGATIVE_INFINITY;

  const isHeld = (): boolean => leases.get(consumer)?.owner === owner;
  const isFree = (): boolean => {
    const lease = leases.get(consumer);
    if (lease === undefined || lease.owner === owner || lease.expiresAtMs <= nowMs()) return true;
    return lease.host === hostname() && !isRunning(lease.pid);
  };
  const take = (): boolean => {
    if (!isFree()) return false;
    const expiresAtMs = nowMs() + LEASE_MS;
    leases.putSync(consumer, { owner, host: hostname(), pid: process.pid, expiresAtMs });
    return true;
  };

  return {
    isHeld,
    async hold() {
      if (nowMs() < renewAtMs && isHeld()) return true;
      leases.resetReadTxn();
      if (!isFree()) return false;
      const held = await settle(root.transaction(take));
      if (held) renewAtMs = nowMs() + RENEWAL_MS;
      return held;
    },
    async release() {
      await settle(
        root.transaction(() => {
          if (isHeld()) leases.removeSync(consumer);
        }),
      );
    },
  };
}

/** A process of another user is running as well: signal 0 to it fails with EPERM. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
