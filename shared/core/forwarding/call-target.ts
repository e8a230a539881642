import type { ForwardedMessage, ForwardingRule } from '../../model/forwarding.ts';
import type { FunctionTargets } from '../../ports/function-target.ts';
import type { Log } from '../../ports/log.ts';
import { encodeCall } from './encode-event.ts';
import type { Called, Forwarded, ForwarderMetrics } from './forwarded.ts';
import { createLimitedLog } from './limited-log.ts';
import { readAnswer } from './read-answer.ts';

type CallParts = {
  targets: FunctionTargets;
  /** Most at a time. */
  calls: number;
  metrics: ForwarderMetrics;
  nowMs: () => number;
  log: Log;
};

/** Calls the target of the rule that all of the items fall under, once. Never rejects. */
export type CallTarget = (items: readonly Forwarded[]) => Promise<Called>;

export function createCalls({ targets, calls, metrics, nowMs, log }: CallParts): CallTarget {
  const warn = createLimitedLog({ log, nowMs }, LINES_PER_MINUTE);
  const waiting: (() => void)[] = [];
  let running = 0;
  const note = (called: Called, items: readonly Forwarded[], tookMs: number): void => {
    const rule = items[0]?.rule.name ?? '';
    metrics.called(called.kind, rule, tookMs);
    if (called.kind === 'done') return;
    const fields = { rule, outcome: called.kind, messages: items.length, reason: reasonOf(called) };
    warn(`${rule} ${called.kind}`, fields, 'a call has failed');
  };
  const call = async (items: readonly Forwarded[]): Promise<Called> => {
    running += 1;
    const startedMs = nowMs();
    const called = await callTarget(items, targets);
    running -= 1;
    waiting.shift()?.();
    note(called, items, nowMs() - startedMs);
    return called;
  };
  // Not by the gate of the ports: this is done for every message, and a promise more would be felt.
  return (items) =>
    running < calls
      ? call(items)
      : new Promise((resolve) => waiting.push(() => resolve(call(items))));
}

async function callTarget(items: readonly Forwarded[], targets: FunctionTargets): Promise<Called> {
  const [first] = items;
  if (!first) return DONE;
  for (const item of items) item.attempts += 1;
  const { rule } = first;
  const messages = items.map(({ message }) => message);
  try {
    const outcome = await targets.invoke(rule.target, encodeCall(rule, messages));
    return outcome.kind === 'succeeded' ? judge(outcome.answer, rule, messages) : outcome;
  } catch (error) {
    // The port promises not to reject: a message must not be lost over a bug behind it.
    return { kind: 'failed', reason: String(error) };
  }
}

/** The body alone has no messageId that an answer could name. */
function judge(
  answer: string,
  { payload }: ForwardingRule,
  messages: readonly ForwardedMessage[],
): Called {
  if (payload === 'body') return DONE;
  const failures = readAnswer(answer, messages);
  if (failures === undefined) return DONE;
  if (failures.of === 'all') return { kind: 'failed', reason: failures.reason };
  return { kind: 'some-failed', reasons: failures.reasons };
}

function reasonOf(called: Exclude<Called, { kind: 'done' }>): string {
  if (called.kind !== 'some-failed') return called.reason;
  const [first = ''] = called.reasons.values();
  return `${called.reasons.size} messages, the first: ${first}`;
}

const DONE: Called = { kind: 'done' };
const LINES_PER_MINUTE = 6;
