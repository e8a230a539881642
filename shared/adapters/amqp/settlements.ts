import type { Delivery } from 'rhea';
import { RELEASED, type Verdict } from '../../ports/message-source.ts';

/** Tells a server what became of its messages, those of one turn of the event loop at once. */
export type Settlements = {
  /** Settles the delivery, once. */
  settlerOf(delivery: Delivery): (verdict: Verdict) => void;
  /** Tells what has not been told yet. */
  flush(): void;
  /** Nobody is there any more to be told. */
  stop(): void;
};

/**
 * A session has room for so many deliveries from the oldest that is not settled on, and takes none beyond:
 * one that is long in its retries would hold up all that come after it. Before that it is released.
 */
const MOST_SPAN = 30_000;

type Told = { delivery: Delivery; verdict: Verdict };

/** `corked` runs what writes many small frames, which leave together. */
export function createSettlements(corked: (write: () => void) => void): Settlements {
  // A ring, and no Map: V8 keeps the tables that a busy Map has outgrown, and what was in them, for long.
  const unsettled = new Array<Delivery | undefined>(MOST_SPAN);
  let next = 0;
  let told: Told[] = [];
  let isStopped = false;
  let immediate: NodeJS.Immediate | undefined;
  const flush = (): void => {
    immediate = undefined;
    const now = told;
    told = [];
    if (isStopped || now.length === 0) return;
    // In order, neighbours that were accepted share a frame.
    now.sort((one, other) => one.delivery.id - other.delivery.id);
    corked(() => {
      for (const { delivery, verdict } of now) tell(delivery, verdict);
    });
  };
  const settle = (slot: number, delivery: Delivery, verdict: Verdict): void => {
    if (isStopped || unsettled[slot] !== delivery) return;
    unsettled[slot] = undefined;
    told.push({ delivery, verdict });
    immediate ??= setImmediate(flush);
  };
  return {
    settlerOf: (delivery) => {
      const slot = next;
      next = (next + 1) % MOST_SPAN;
      const oldest = unsettled[slot];
      if (oldest) settle(slot, oldest, RELEASED);
      unsettled[slot] = delivery;
      return (verdict) => settle(slot, delivery, verdict);
    },
    flush,
    stop: () => {
      isStopped = true;
      clearImmediate(immediate);
    },
  };
}

function tell(delivery: Delivery, verdict: Verdict): void {
  if (verdict.kind === 'accepted') delivery.accept();
  else if (verdict.kind === 'released') delivery.release();
  else delivery.reject({ condition: GIVEN_UP, description: verdict.reason });
}

const GIVEN_UP = 'mooring:given-up';
