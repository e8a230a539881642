import { setTimeout as sleep } from 'node:timers/promises';
import type { Bell } from '../../ports/bell.ts';
import type { Log as LogPort } from '../../ports/log.ts';
import type { BatchHandler, ConsumeOptions, Consumption } from '../../ports/message-bus.ts';
import { type Delivery, deliverAgain, deliverFresh } from './lmdb-delivery.ts';
import { createLeaseHolder, RENEWAL_MS } from './lmdb-lease.ts';
import { type Ledger, listDue, register } from './lmdb-ledger.ts';
import type { Log } from './lmdb-log.ts';
import { createLogReader } from './lmdb-log-reader.ts';

export type ConsumerParts = {
  opened: Promise<{ log: Log; ledger: Ledger }>;
  bell: Bell;
  trim(): Promise<void>;
  nowMs(): number;
  log: LogPort | undefined;
};

export type Subscription = { consumer: string; handle: BatchHandler; options: ConsumeOptions };

const DEFAULT_BATCH_SIZE = 256;
const DEFAULT_RETRY_DELAYS_MS = [1_000, 3_000, 10_000];
/** Messages of other processes ring no bell here: how often to look for them. */
const SHORTEST_IDLE_MS = 2;
const LONGEST_IDLE_MS = 50;
const AFTER_FAULT_MS = 1_000;

export function startConsumer(parts: ConsumerParts, subscription: Subscription): Consumption {
  const state: RunState = { stopping: false };
  const running = run(parts, subscription, state);
  running.catch((error: unknown) => {
    const { consumer } = subscription;
    parts.log?.error({ consumer, error: String(error) }, 'a consumer could not start');
  });
  return {
    stop() {
      state.stopping = true;
      parts.bell.ring();
      return running;
    },
  };
}

type RunState = { stopping: boolean };

/** A fault of the store is logged and outlived: the next round starts from what is settled. */
async function run(parts: ConsumerParts, subscription: Subscription, state: RunState) {
  const { log, ledger } = await parts.opened;
  const { consumer, handle, options } = subscription;
  const { nowMs, bell } = parts;
  const lease = createLeaseHolder({ ledger, consumer, nowMs });
  const retryDelaysMs = options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
  const delivery: Delivery = { ledger, lease, consumer, handle, retryDelaysMs, nowMs };
  const { batchSize = DEFAULT_BATCH_SIZE, restMs = 0 } = options;
  const round = createRound(log, delivery, batchSize);
  const fault = (error: unknown): void =>
    parts.log?.error({ consumer, error: String(error) }, 'a consumer could not go on');
  const renewal = setInterval(() => void lease.hold().catch(fault), RENEWAL_MS).unref();

  let idleMs = SHORTEST_IDLE_MS;
  while (!state.stopping) {
    try {
      await register(ledger, consumer);
      const delivered = (await lease.hold()) ? await round() : 0;
      await parts.trim();
      if (delivered > 0 && delivered < batchSize && restMs > 0) await sleep(restMs);
      idleMs =
        delivered > 0 ? 0 : Math.min(Math.max(idleMs * 2, SHORTEST_IDLE_MS), LONGEST_IDLE_MS);
    } catch (error) {
      fault(error);
      idleMs = AFTER_FAULT_MS;
    }
    if (idleMs > 0 && !state.stopping) await bell.wait(idleMs);
  }
  clearInterval(renewal);
  await lease.release();
}

/** Live messages first, then those that are due again. Returns how many it handed over. */
function createRound(log: Log, delivery: Delivery, batchSize: number) {
  const { ledger, consumer, nowMs } = delivery;
  const reader = createLogReader(log.records);
  return async (): Promise<number> => {
    ledger.root.resetReadTxn();
    const { messages, position } = reader.read(ledger.cursors.get(consumer) ?? 0, batchSize);
    if (messages.length > 0) await deliverFresh(delivery, messages, position);
    const due = listDue(ledger.retries, consumer, { nowMs: nowMs(), limit: batchSize });
    if (due.length > 0) await deliverAgain(delivery, due);
    return messages.length + due.length;
  };
}
