import type { Message } from '../../model/message.ts';
import { type Bell, createBell } from '../../ports/bell.ts';
import type { Log as LogPort } from '../../ports/log.ts';
import type { Consumption, CountedBus } from '../../ports/message-bus.ts';
import { type ConsumerParts, startConsumer } from './lmdb-consumer.ts';
import { createDeadLetters } from './lmdb-dead-letters.ts';
import type { Sync } from './lmdb-env.ts';
import { startFollower } from './lmdb-follower.ts';
import { countWaiting, type Ledger, lowerCursors, openLedger } from './lmdb-ledger.ts';
import { type Log, lastPosition, openLog } from './lmdb-log.ts';
import { createTrimmer } from './lmdb-trimmer.ts';

export type LmdbBusOptions = {
  /** Folder; made if absent. Several processes may publish and consume in it. */
  path: string;
  nowMs(): number;
  /** Default `flush`. */
  sync?: Sync;
  /** How long messages stay readable for `tail` behind the consumers. Default 60 s. */
  retentionMs?: number;
  log?: LogPort;
};

export type LmdbBus = CountedBus;

type Parts = { log: Log; ledger: Ledger; trim(): Promise<void> };

const DEFAULT_RETENTION_MS = 60_000;

/** The embedded durable log. Opens its folder, and loads lmdb, at the first call. */
export function createLmdbBus(options: LmdbBusOptions): LmdbBus {
  const { nowMs, log: logPort } = options;
  const consumptions = new Set<Consumption>();
  const bells = new Set<Bell>();
  const unsettled = new Set<Promise<void>>();
  let opening: Promise<Parts> | undefined;
  let ready: Parts | undefined;
  let closed = false;

  const opened = async (): Promise<Parts> => {
    if (closed) throw new Error(`the bus in ${options.path} is closed`);
    opening ??= open(options);
    ready = await opening;
    return ready;
  };
  const ring = (): void => {
    for (const bell of bells) bell.ring();
  };
  /** Once a group, not once a message: all messages of a group share its promise. */
  const ringWhen = (committed: Promise<void>): void => {
    if (unsettled.has(committed)) return;
    unsettled.add(committed);
    const done = (): void => {
      unsettled.delete(committed);
      ring();
    };
    committed.then(done, done);
  };

  const append = (log: Log, message: Message): Promise<void> => {
    const committed = log.append(message);
    ringWhen(committed);
    return committed;
  };

  const begin = (start: (context: ConsumerParts) => Consumption): Consumption => {
    if (closed) throw new Error(`the bus in ${options.path} is closed`);
    const parts = opened();
    const bell = createBell();
    bells.add(bell);
    const trim = async () => (await parts).trim();
    const consumption = start({ opened: parts, bell, trim, nowMs, log: logPort });
    consumptions.add(consumption);
    return {
      async stop() {
        await consumption.stop();
        consumptions.delete(consumption);
        bells.delete(bell);
      },
    };
  };

  return {
    publish(message) {
      return closed || ready === undefined
        ? opened().then(({ log }) => append(log, message))
        : append(ready.log, message);
    },
    consume(consumer, handle, consumeOptions = {}) {
      return begin((context) =>
        startConsumer(context, { consumer, handle, options: consumeOptions }),
      );
    },
    follow(consumer, take, { window }) {
      return begin((context) => startFollower(context, { consumer, take, window }));
    },
    deadLetters: createDeadLetters({
      ledger: async () => (await opened()).ledger,
      ring,
      nowMs,
    }),
    async backlog(consumer) {
      const { log, ledger } = await opened();
      log.records.resetReadTxn();
      ledger.root.resetReadTxn();
      return {
        unread: lastPosition(log.records) - (ledger.cursors.get(consumer) ?? 0),
        retrying: countWaiting(ledger.retries, consumer),
        dead: countWaiting(ledger.deadLetters, consumer),
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...consumptions].map((consumption) => consumption.stop()));
      await Promise.allSettled(unsettled);
      const envs = await opening;
      await envs?.log.close();
      await envs?.ledger.close();
    },
  };
}

async function open(options: LmdbBusOptions): Promise<Parts> {
  const { path, nowMs, sync = 'flush', retentionMs = DEFAULT_RETENTION_MS } = options;
  // In this order in every process, and before any transaction: opening a database blocks the
  // thread until the folder's writer is done, and that writer may need its own thread.
  const log = await openLog(path, sync);
  const ledger = await openLedger(path);
  await lowerCursors(ledger, () => {
    log.records.resetReadTxn();
    return lastPosition(log.records);
  });
  return { log, ledger, trim: createTrimmer({ log, ledger, retentionMs, nowMs }) };
}
