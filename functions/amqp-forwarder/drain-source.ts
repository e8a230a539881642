import { createForwarder, type ForwarderParts } from '../../shared/core/forwarding/forwarder.ts';
import type { MessageSource } from '../../shared/ports/message-source.ts';
import { createSummary, type Summary } from './summary.ts';

export type DrainParts = Omit<ForwarderParts, 'onRoom' | 'metrics'> & {
  source: MessageSource;
  waitMs(ms: number): Promise<void>;
};

export type DrainLimits = {
  /** Ends when no message came for so long. */
  idleMs: number;
  /** Of all of it. */
  budgetMs: number;
  /** Of the budget, for what is in hand at its end. */
  drainMs: number;
};

export type DrainSummary = Summary & { endedBy: 'idle' | 'budget' };

/**
 * Forwards what the source has until it is empty or the time is nearly over, and leaves the rest to the
 * next run. Rejects where the source was not reached at all.
 */
export async function drainSource(parts: DrainParts, limits: DrainLimits): Promise<DrainSummary> {
  const { source, rules, nowMs, log } = parts;
  const { metrics, summary } = createSummary();
  const startedMs = nowMs();
  let busyAtMs = startedMs;
  let wasConnected = false;
  const forwarder = createForwarder({ ...parts, metrics, onRoom: (room) => source.allow(room) });
  if (rules().length === 0) log.warn({}, 'there are no forwarding rules: nothing is taken');
  source.allow(forwarder.room());
  source.start((delivery) => {
    busyAtMs = nowMs();
    forwarder.take(delivery);
  });
  const takeMs = takingMs(limits);
  const isDue = () => nowMs() - startedMs >= takeMs;
  const isIdle = () => forwarder.inHand() === 0 && nowMs() - busyAtMs >= limits.idleMs;
  while (!isDue() && !(wasConnected && isIdle()) && source.status() !== 'refused') {
    await parts.waitMs(POLL_MS);
    if (forwarder.inHand() > 0 || !wasConnected) busyAtMs = nowMs();
    wasConnected ||= source.status() === 'connected';
  }
  const endedBy = isDue() ? 'budget' : 'idle';
  source.pause();
  await forwarder.stop(limits.budgetMs - takeMs - CLOSING_MS);
  const status = source.status();
  await source.stop();
  if (parts.deadLetters.kind === 'send') await parts.deadLetters.sink.close();
  if (!wasConnected) throw new Error(`the source cannot be used (${status}): the log says why`);
  return { endedBy, ...summary() };
}

/** A fifth of the budget at least: where it is short, calls may be cut off rather than never made. */
function takingMs({ budgetMs, drainMs }: DrainLimits): number {
  return Math.max(budgetMs / 5, budgetMs - drainMs - CLOSING_MS);
}

const POLL_MS = 50;
const CLOSING_MS = 2000;
