import { type CallOutcome, outcomeOfStatus } from '../../ports/function-target.ts';

type Answer = { headers: Readonly<Record<string, string>>; text: string };

/** A function that failed is answered with 200 as well: a header alone tells it (Function Compute, error handling). */
export function outcomeOfAnswer({ headers, text }: Answer): CallOutcome {
  const errorType = headers['x-fc-error-type'];
  if (errorType === undefined) return { kind: 'succeeded', answer: text };
  return { kind: 'failed', reason: `${errorType}: ${text.slice(0, LONGEST_REASON)}` };
}

/** Of what a client throws; `status` is undefined where nothing was answered. */
export function outcomeOfFault(fault: {
  status: number | undefined;
  code: string;
  message: string;
}): CallOutcome {
  const { status, code } = fault;
  const reason = fault.message.slice(0, LONGEST_REASON);
  if (THROTTLED.test(code)) return { kind: 'throttled', reason };
  return status === undefined ? { kind: 'failed', reason } : outcomeOfStatus(status, reason);
}

/** `ResourceThrottled` comes with 503, the others with 429 (Function Compute, error codes). */
const THROTTLED = /^(ResourceExhausted|ResourceThrottled|Throttling.*)$/;
const LONGEST_REASON = 300;
