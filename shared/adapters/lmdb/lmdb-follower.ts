import type { Consumption, Delivery } from '../../ports/message-bus.ts';
import type { ConsumerParts } from './lmdb-consumer.ts';
import { createLeaseHolder, type LeaseHolder, RENEWAL_MS } from './lmdb-lease.ts';
import { type Ledger, register } from './lmdb-ledger.ts';
import { createLogReader, type LogReader } from './lmdb-log-reader.ts';

export type Followed = { consumer: string; take: (delivery: Delivery) => void; window: number };

const READ_AT_ONCE = 256;
/** Messages of other processes ring no bell here: how often to look for them. */
const SHORTEST_IDLE_MS = 2;
const LONGEST_IDLE_MS = 50;
const AFTER_FAULT_MS = 1_000;
/** What was settled since the last save comes again after a crash. */
const SAVE_EVERY_MS = 200;

/**
 * Hands the log on message by message. All that is kept of a follower is the last position before the
 * first message that is not settled, as the cursor of a consumer.
 */
export function startFollower(parts: ConsumerParts, followed: Followed): Consumption {
  const state = { stopping: false };
  const running = run(parts, followed, state);
  running.catch((error: unknown) => {
    const { consumer } = followed;
    parts.log?.error({ consumer, error: String(error) }, 'a follower could not start');
  });
  return {
    stop() {
      state.stopping = true;
      parts.bell.ring();
      return running;
    },
  };
}

async function run(parts: ConsumerParts, followed: Followed, state: { stopping: boolean }) {
  const { log, ledger } = await parts.opened;
  const { consumer } = followed;
  const { nowMs, bell } = parts;
  const lease = createLeaseHolder({ ledger, consumer, nowMs });
  const reader = createLogReader(log.records);
  const save = createSave(ledger, lease, consumer);
  const fault = (error: unknown): void =>
    parts.log?.error({ consumer, error: String(error) }, 'a follower could not go on');
  const handingOut = { ...followed, ring: bell.ring, fault };
  const renewal = setInterval(() => void lease.hold().catch(fault), RENEWAL_MS).unref();

  let turn: Turn | undefined;
  let savedAtMs = nowMs();
  let idleMs = SHORTEST_IDLE_MS;
  while (!state.stopping) {
    try {
      await register(ledger, consumer);
      if (!(await lease.hold())) turn = undefined;
      else turn ??= beginTurn(ledger, consumer);
      const read = turn ? handOut(turn, reader, handingOut) : 0;
      // Also where the clock was put back.
      if (turn && Math.abs(nowMs() - savedAtMs) >= SAVE_EVERY_MS) {
        savedAtMs = nowMs();
        await save(turn);
      }
      await parts.trim();
      idleMs = read > 0 ? 0 : Math.min(Math.max(idleMs * 2, SHORTEST_IDLE_MS), LONGEST_IDLE_MS);
    } catch (error) {
      fault(error);
      idleMs = AFTER_FAULT_MS;
    }
    // With nothing to wait for, others get their turn of the thread.
    if (!state.stopping) await (idleMs > 0 ? bell.wait(idleMs) : nextTurn());
  }
  clearInterval(renewal);
  try {
    if (turn) await save(turn);
  } finally {
    await lease.release();
  }
}

/** While one process has the lease: where it reads, and what it has handed out. */
type Turn = { position: number; unsettled: Set<number>; saved: number };

function beginTurn(ledger: Ledger, consumer: string): Turn {
  ledger.root.resetReadTxn();
  const position = ledger.cursors.get(consumer) ?? 0;
  return { position, unsettled: new Set(), saved: position };
}

type HandingOut = Pick<Followed, 'take' | 'window'> & {
  ring(): void;
  fault(error: unknown): void;
};

/** Returns how many messages it handed out. */
function handOut(turn: Turn, reader: LogReader, handingOut: HandingOut): number {
  const { unsettled } = turn;
  const { window } = handingOut;
  const room = Math.min(window - unsettled.size, READ_AT_ONCE);
  if (room <= 0) return 0;
  const { messages, position } = reader.read(turn.position, room);
  turn.position = position;
  const before = position - messages.length;
  // All of them before the first is handed out: one that is settled at once must not move the cursor past the rest.
  for (let at = 1; at <= messages.length; at += 1) unsettled.add(before + at);
  for (const [index, message] of messages.entries()) {
    const place = before + 1 + index;
    const settle = (): void => {
      const wasFull = unsettled.size >= window;
      if (unsettled.delete(place) && wasFull) handingOut.ring();
    };
    try {
      handingOut.take({ message, settle });
    } catch (error) {
      // It stays unsettled, and comes again with the next turn. Those behind it are handed out all the same.
      handingOut.fault(error);
    }
  }
  return messages.length;
}

function createSave(ledger: Ledger, lease: LeaseHolder, consumer: string) {
  return async (turn: Turn): Promise<void> => {
    const [oldest] = turn.unsettled;
    const settled = oldest === undefined ? turn.position : oldest - 1;
    if (settled === turn.saved) return;
    await ledger.settle(
      ledger.root.transaction(() => {
        if (lease.isHeld()) ledger.cursors.putSync(consumer, settled);
      }),
    );
    turn.saved = settled;
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
