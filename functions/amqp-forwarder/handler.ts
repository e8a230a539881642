import type { QueueMessage } from '../../shared/model/forwarding.ts';
import type { DrainLimits, DrainParts, DrainSummary } from './drain-source.ts';
import { drainSource } from './drain-source.ts';
import { type ForwardQueueParts, forwardQueue, type QueueSummary } from './forward-queue.ts';

/** What calls the function: a timer, which has it drain its source, or a queue with messages. */
export type ForwarderCall =
  | { kind: 'timer'; limits: DrainLimits }
  | { kind: 'queue'; messages: readonly QueueMessage[] };

export type ForwarderHandlerParts = {
  /** A source serves one run. */
  drain(): DrainParts;
  queue(): ForwardQueueParts;
};

/** Tells whoever looks at the function what became of the messages. Rejects where the trigger has to try again. */
export function createHandler(
  parts: ForwarderHandlerParts,
): (call: ForwarderCall) => Promise<DrainSummary | QueueSummary> {
  return (call) =>
    call.kind === 'timer'
      ? drainSource(parts.drain(), call.limits)
      : forwardQueue(call.messages, parts.queue());
}
