import type { ForwardedMessage } from '../../model/forwarding.ts';

/** What an answer says of a batch: undefined where all of it is done. */
export type BatchFailures = { of: 'all'; reason: string } | { of: 'items'; reasons: Reasons };

/** By messageId. */
type Reasons = ReadonlyMap<string, string>;

/**
 * Reads `{"batchItemFailures":[{"itemIdentifier":messageId,"reason":…}]}`, as Lambda's queue triggers take
 * it; every other answer means success. A list that names a message which was not in the batch, or that
 * cannot be read, fails the whole batch: that a message is done must not be guessed.
 */
export function readAnswer(
  answer: string,
  messages: readonly Pick<ForwardedMessage, 'messageId'>[],
): BatchFailures | undefined {
  if (!answer.includes('batchItemFailures')) return undefined;
  const items = failuresOf(answer);
  if (items === undefined || items === null) return undefined;
  if (!Array.isArray(items)) return unreadable('batchItemFailures is not a list');
  const messageIds = new Set(messages.map(({ messageId }) => messageId));
  const reasons = new Map<string, string>();
  for (const item of items) {
    const { itemIdentifier, reason }: Item = Object(item);
    if (typeof itemIdentifier !== 'string' || !messageIds.has(itemIdentifier)) {
      return unreadable('batchItemFailures names a message that was not in the batch');
    }
    const told = typeof reason === 'string' ? reason : 'the function names it in batchItemFailures';
    reasons.set(itemIdentifier, told.slice(0, LONGEST_REASON));
  }
  return reasons.size > 0 ? { of: 'items', reasons } : undefined;
}

type Item = { itemIdentifier?: unknown; reason?: unknown };

function failuresOf(answer: string): unknown {
  try {
    const parsed: unknown = JSON.parse(answer);
    return Object(parsed).batchItemFailures;
  } catch {
    // Some text of the function's own.
    return undefined;
  }
}

const unreadable = (reason: string): BatchFailures => ({ of: 'all', reason });

const LONGEST_REASON = 500;
