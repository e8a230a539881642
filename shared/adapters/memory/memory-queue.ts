import type { Message } from '../../model/message.ts';
import { failuresOf } from '../../ports/failures-of.ts';
import type {
  BatchHandler,
  ConsumeOptions,
  Consumption,
  DeadLetter,
  Delivery,
} from '../../ports/message-bus.ts';

/** What one consumer has still to get. */
export type Queue = {
  dead: DeadLetter[];
  add(message: Message): void;
  consume(handle: BatchHandler, options: ConsumeOptions): Consumption;
  follow(take: (delivery: Delivery) => void, window: number): Consumption;
  replay(messageId: string): boolean;
};

type Follower = { take: (delivery: Delivery) => void; window: number; out: Set<Message> };

type Retry = { message: Message; attempts: number; dueMs: number };

const DEFAULT_BATCH_SIZE = 256;
const DEFAULT_RETRY_DELAYS_MS = [1_000, 3_000, 10_000];
/** Retries become due by the given clock, which may not be that of the timers. */
const POLL_MS = 5;

export function createQueue(nowMs: () => number, first: readonly Message[]): Queue {
  const fresh = [...first];
  const dead: DeadLetter[] = [];
  let retries: Retry[] = [];
  let wake = (): void => undefined;
  /** Whoever consumes next waits for the one before. */
  let turn: Promise<void> = Promise.resolve();

  const setBack = (
    { message, attempts }: Omit<Retry, 'dueMs'>,
    reason: string,
    delaysMs: readonly number[],
  ) => {
    const delayMs = delaysMs[attempts - 1];
    if (delayMs === undefined) dead.push({ message, reason, attempts, diedAtMs: nowMs() });
    else retries.push({ message, attempts, dueMs: nowMs() + delayMs });
  };
  const deliver = async (
    items: readonly Omit<Retry, 'dueMs'>[],
    handle: BatchHandler,
    delaysMs: readonly number[],
  ) => {
    const failures = await failuresOf(
      handle,
      items.map(({ message }) => structuredClone(message)),
    );
    for (const { message, attempts } of items) {
      const reason = failures.get(message.messageId);
      if (reason !== undefined) setBack({ message, attempts: attempts + 1 }, reason, delaysMs);
    }
  };
  const takeDue = (limit: number): Retry[] => {
    const due = retries.filter(({ dueMs }) => dueMs <= nowMs()).slice(0, limit);
    retries = retries.filter((retry) => !due.includes(retry));
    return due;
  };
  const idle = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (retries.length > 0) setTimeout(resolve, POLL_MS);
    });

  const run = async (handle: BatchHandler, options: ConsumeOptions, isStopping: () => boolean) => {
    const { batchSize = DEFAULT_BATCH_SIZE, retryDelaysMs = DEFAULT_RETRY_DELAYS_MS } = options;
    while (!isStopping()) {
      const live = fresh.splice(0, batchSize).map((message) => ({ message, attempts: 0 }));
      if (live.length > 0) await deliver(live, handle, retryDelaysMs);
      const due = takeDue(batchSize);
      if (due.length > 0) await deliver(due, handle, retryDelaysMs);
      if (live.length === 0 && due.length === 0) await idle();
    }
  };

  const handOut = async (follower: Follower, isStopping: () => boolean) => {
    const { take, window, out } = follower;
    while (!isStopping()) {
      const [message] = out.size < window ? fresh.splice(0, 1) : [];
      if (message === undefined) {
        await idle();
        continue;
      }
      out.add(message);
      const settle = (): void => {
        out.delete(message);
        wake();
      };
      take({ message: structuredClone(message), settle });
    }
    fresh.unshift(...out);
  };
  const inTurn = (work: (isStopping: () => boolean) => Promise<void>): Consumption => {
    let stopping = false;
    let started = false;
    const running = turn.then(() => {
      started = !stopping;
      return work(() => stopping);
    });
    turn = running;
    return {
      async stop() {
        stopping = true;
        wake();
        if (started) await running;
      },
    };
  };

  return {
    dead,
    add(message) {
      fresh.push(message);
      wake();
    },
    consume: (handle, options) => inTurn((isStopping) => run(handle, options, isStopping)),
    follow: (take, window) =>
      inTurn((isStopping) => handOut({ take, window, out: new Set() }, isStopping)),
    replay(messageId) {
      const index = dead.findIndex(({ message }) => message.messageId === messageId);
      const [letter] = index < 0 ? [] : dead.splice(index, 1);
      if (letter === undefined) return false;
      retries.push({ message: letter.message, attempts: 0, dueMs: nowMs() });
      wake();
      return true;
    },
  };
}
