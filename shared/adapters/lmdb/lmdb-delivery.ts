import type { Message } from '../../model/message.ts';
import { failuresOf } from '../../ports/failures-of.ts';
import type { BatchHandler } from '../../ports/message-bus.ts';
import type { LeaseHolder } from './lmdb-lease.ts';
import { type Ledger, type WaitingItem, waitingKey } from './lmdb-ledger.ts';
import { rowOf } from './lmdb-rows.ts';

export type Delivery = {
  ledger: Ledger;
  lease: LeaseHolder;
  consumer: string;
  handle: BatchHandler;
  retryDelaysMs: readonly number[];
  nowMs(): number;
};

/** Hands over messages of the log; then the cursor and what failed are written in one transaction. */
export async function deliverFresh(
  delivery: Delivery,
  messages: readonly Message[],
  position: number,
): Promise<void> {
  const failures = await failuresOf(delivery.handle, messages);
  await settle(delivery, () => {
    delivery.ledger.cursors.putSync(delivery.consumer, position);
    for (const message of messages) setBack(delivery, { message, attempts: 0 }, failures);
  });
}

/** Hands over messages that failed before. */
export async function deliverAgain(
  delivery: Delivery,
  items: readonly WaitingItem[],
): Promise<void> {
  const messages = items.map(({ message }) => message);
  const failures = await failuresOf(delivery.handle, messages);
  await settle(delivery, () => {
    for (const item of items) {
      delivery.ledger.retries.removeSync(item.key);
      setBack(delivery, item, failures);
    }
  });
}

/** Without the lease nothing is written: whoever has it delivers the batch again. */
async function settle({ ledger, lease }: Delivery, write: () => void): Promise<void> {
  await ledger.settle(
    ledger.root.transaction(() => {
      if (lease.isHeld()) write();
    }),
  );
}

type Attempted = { message: Message; attempts: number };

function setBack(delivery: Delivery, item: Attempted, failures: ReadonlyMap<string, string>): void {
  const { ledger, consumer, retryDelaysMs, nowMs } = delivery;
  const { messageId } = item.message;
  const reason = failures.get(messageId);
  if (reason === undefined) return;
  const delayMs = retryDelaysMs[item.attempts];
  const attempts = item.attempts + 1;
  const db = delayMs === undefined ? ledger.deadLetters : ledger.retries;
  const key = waitingKey(consumer, nowMs() + (delayMs ?? 0), messageId);
  db.putSync(key, [attempts, reason, rowOf(item.message)]);
}
