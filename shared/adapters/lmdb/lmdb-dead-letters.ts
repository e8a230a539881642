import type { DeadLetters } from '../../ports/message-bus.ts';
import { findWaiting, type Ledger, listWaiting, waitingKey } from './lmdb-ledger.ts';

export type DeadLetterParts = { ledger(): Promise<Ledger>; ring(): void; nowMs(): number };

export function createDeadLetters({ ledger, ring, nowMs }: DeadLetterParts): DeadLetters {
  return {
    async list(consumer, limit) {
      const items = listWaiting((await ledger()).deadLetters, consumer, limit);
      return items.map(({ message, reason, attempts, timeMs }) => ({
        message,
        reason,
        attempts,
        diedAtMs: timeMs,
      }));
    },
    async replay(consumer, messageId) {
      const { root, settle, deadLetters, retries } = await ledger();
      const replayed = await settle(
        root.transaction(() => {
          const key = findWaiting(deadLetters, consumer, messageId);
          const letter = key === undefined ? undefined : deadLetters.get(key);
          if (key === undefined || letter === undefined) return false;
          const [, reason, row] = letter;
          deadLetters.removeSync(key);
          retries.putSync(waitingKey(consumer, nowMs(), messageId), [0, reason, row]);
          return true;
        }),
      );
      ring();
      return replayed;
    },
  };
}
