import type { Called, Forwarded } from './forwarded.ts';
import type { Rests } from './rests.ts';

export type DeliverParts = {
  /** Calls the target of a rule with messages that fall under it. Never rejects. */
  call(items: readonly Forwarded[]): Promise<Called>;
  rests: Rests;
  /** Waits before each retry. */
  retryDelaysMs: readonly number[];
  setWaiting(item: Forwarded, isWaiting: boolean): void;
  accept(item: Forwarded): void;
  /** There is no time for another try. */
  release(item: Forwarded): void;
  /** `isForGood` where another try would be in vain. */
  giveUp(item: Forwarded, isForGood: boolean): void;
};

/**
 * Calls with one batch until each of its messages is accepted or given up. A bad message takes no other
 * along: a batch that is refused is sent again in halves, and at the last retry each message goes alone.
 * Resolves when that is done. Never rejects.
 */
export async function deliver(
  items: readonly Forwarded[],
  parts: DeliverParts,
  retries = 0,
): Promise<void> {
  const called = await parts.call(items);
  switch (called.kind) {
    case 'done':
      for (const item of items) parts.accept(item);
      return;
    case 'some-failed':
      return retry(acceptOthers(items, called.reasons, parts), { parts, retries, alone: false });
    case 'throttled':
      return retry(noted(items, called.reason), { parts, retries, alone: false });
    case 'failed':
      return retry(noted(items, called.reason), { parts, retries, alone: true });
    case 'refused':
      return splitRefused(noted(items, called.reason), { parts, retries });
  }
}

type Course = { parts: DeliverParts; retries: number };

function noted(items: readonly Forwarded[], reason: string): readonly Forwarded[] {
  for (const item of items) item.reason = reason;
  return items;
}

/** Gives those that failed. */
function acceptOthers(
  items: readonly Forwarded[],
  reasons: ReadonlyMap<string, string>,
  { accept }: DeliverParts,
): readonly Forwarded[] {
  return items.filter((item) => {
    const reason = reasons.get(item.message.messageId);
    if (reason === undefined) accept(item);
    else item.reason = reason;
    return reason !== undefined;
  });
}

async function splitRefused(
  items: readonly Forwarded[],
  { parts, retries }: Course,
): Promise<void> {
  if (items.length === 1) return giveUp(items, true, parts);
  const middle = items.length >> 1;
  const halves = [items.slice(0, middle), items.slice(middle)];
  await Promise.all(halves.map((half) => deliver(half, parts, retries)));
}

/** `alone`: it is not known which of the messages made the call fail. */
async function retry(
  items: readonly Forwarded[],
  { parts, retries, alone }: Course & { alone: boolean },
): Promise<void> {
  const delayMs = parts.retryDelaysMs[retries];
  if (delayMs === undefined) return giveUp(items, false, parts);
  for (const item of items) parts.setWaiting(item, true);
  if (!(await parts.rests.rest(delayMs))) {
    for (const item of items) parts.release(item);
    return;
  }
  for (const item of items) parts.setWaiting(item, false);
  const isLast = retries + 1 === parts.retryDelaysMs.length;
  const calls = isLast && alone ? items.map((item) => [item]) : [items];
  await Promise.all(calls.map((call) => deliver(call, parts, retries + 1)));
}

function giveUp(items: readonly Forwarded[], isForGood: boolean, parts: DeliverParts): void {
  for (const item of items) parts.giveUp(item, isForGood);
}
