import { dropOldest } from '../../shared/core/cache/drop-oldest.ts';
import { createMessageRate } from '../../shared/core/rate/message-rate.ts';
import type { Message } from '../../shared/model/message.ts';

export type RequestRate = {
  /** False once the device has had its share of the second that began with its first request. */
  allow(message: Message): boolean;
};

/** Protocol.md 6.3. */
const REQUESTS_PER_SECOND = 20;

/**
 * Counts requests by when they came from the device, in this process: what waited on the bus while
 * nobody consumed it is not too fast for that. One that comes again after a fault is not counted again.
 */
export function createRequestRate(): RequestRate {
  let cameAtMs = 0;
  const judged = new Map<string, boolean>();
  const rate = createMessageRate({ limitPerSecond: REQUESTS_PER_SECOND, nowMs: () => cameAtMs });
  return {
    allow: ({ iotId, messageId, generateTimeMs }) => {
      const judgedBefore = judged.get(messageId);
      if (judgedBefore !== undefined) return judgedBefore;
      cameAtMs = generateTimeMs;
      const isAllowed = rate.allow(iotId);
      if (judged.size >= KEPT_MESSAGES) dropOldest(judged);
      judged.set(messageId, isAllowed);
      return isAllowed;
    },
  };
}

/** About 100 bytes each. */
const KEPT_MESSAGES = 10_000;
