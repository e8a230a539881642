import type { Log } from '../../ports/log.ts';
import { createPerKeyOrder } from './per-key-order.ts';
import type { Incoming, RabbitmqClient, Verdict } from './rabbitmq-client.ts';
import { DIRECTION_HEADER, DOWN, MQTT_EXCHANGE, TOPIC_HEADER, topicOf } from './routing-key.ts';

export type RabbitmqUplink = { topic: string; payload: Buffer };

type RabbitmqUplinksOptions = {
  /** Holds a password. */
  url: string;
  log: Log;
  /** Resolves when the message needs no more care, taken or refused for good; rejects on a fault. */
  take(message: RabbitmqUplink): Promise<void>;
  /** Messages of one key are taken in the order in which they came; one that failed waits aside. */
  keyOf(topic: string): string;
  /** Waits after a fault before the next try; after the last one the message is set aside. */
  retryDelaysMs?: readonly number[];
};

export type RabbitmqUplinks = {
  /** Ends what is in hand; messages that wait for another try go back into the queue. */
  stop(): Promise<void>;
};

export const UPLINK_QUEUE = 'mooring.uplink';
export const DEAD_QUEUE = 'mooring.uplink.dead';

const DEFAULT_RETRY_DELAYS_MS = [1000, 3000, 10_000, 30_000];
/** So many faults at once wait for their next try, and hold up the others: that is meant. */
const PREFETCH = 100;
const TIMEOUT_MS = 5000;
const LONGEST_REASON = 500;

/**
 * Takes what devices publish through the MQTT plugin from a durable queue that is bound to all its
 * topics. A message leaves the queue when it has been taken, refused for good, or set aside in the
 * queue of dead ones; until then it comes again, also after a crash here or a restart there.
 */
export async function startRabbitmqUplinks(
  options: RabbitmqUplinksOptions,
): Promise<RabbitmqUplinks> {
  const { createRabbitmqClient } = await import('./rabbitmq-client.ts');
  const client = createRabbitmqClient({
    url: options.url,
    log: options.log,
    timeoutMs: TIMEOUT_MS,
  });
  const resting = createRests();
  const inOrder = createPerKeyOrder();
  await client.consume(
    {
      queue: UPLINK_QUEUE,
      otherQueues: [DEAD_QUEUE],
      bindings: [{ exchange: MQTT_EXCHANGE, routingKey: '#' }],
      prefetch: PREFETCH,
    },
    async (message) => {
      const uplink = uplinkOf(message);
      if (uplink === undefined) return 'done';
      const first = await inOrder(options.keyOf(uplink.topic), () => attempt(uplink, options));
      return first.done ? 'done' : retry(uplink, first.fault, { ...options, client, resting });
    },
    resting.end,
  );
  return {
    stop: async () => {
      resting.close();
      await client.close();
    },
  };
}

/** Undefined for what we sent to a device ourselves. */
function uplinkOf({
  exchange,
  routingKey,
  headers,
  payload,
}: Incoming): RabbitmqUplink | undefined {
  if (headers[DIRECTION_HEADER] === DOWN) return undefined;
  const topic = exchange === '' ? String(headers[TOPIC_HEADER] ?? '') : topicOf(routingKey);
  return { topic, payload };
}

type Attempt = { done: true } | { done: false; fault: unknown };

async function attempt(
  uplink: RabbitmqUplink,
  { take }: Pick<RabbitmqUplinksOptions, 'take'>,
): Promise<Attempt> {
  try {
    await take(uplink);
    return { done: true };
  } catch (fault) {
    return { done: false, fault };
  }
}

type Retrying = RabbitmqUplinksOptions & { client: RabbitmqClient; resting: Rests };

/** The message stays unacknowledged while it rests: with it, the queue does not lose it. */
async function retry(uplink: RabbitmqUplink, fault: unknown, parts: Retrying): Promise<Verdict> {
  const { log, resting, retryDelaysMs = DEFAULT_RETRY_DELAYS_MS } = parts;
  let last = fault;
  for (const [index, delayMs] of retryDelaysMs.entries()) {
    log.error({ topic: uplink.topic, attempt: index + 1, delayMs, error: last }, 'uplink failed');
    if (!(await resting.rest(delayMs))) return 'again';
    const next = await attempt(uplink, parts);
    if (next.done) return 'done';
    last = next.fault;
  }
  return setAside(uplink, last, parts);
}

/** By its own publish and not by the broker's dead-lettering: so the reason stands beside it. */
async function setAside(
  { topic, payload }: RabbitmqUplink,
  fault: unknown,
  { client, log }: Retrying,
): Promise<Verdict> {
  const reason = String(fault).slice(0, LONGEST_REASON);
  const headers = { [TOPIC_HEADER]: topic, 'x-mooring-reason': reason };
  try {
    const sent = { exchange: '', routingKey: DEAD_QUEUE, headers, durable: true, payload };
    await client.publish(sent);
  } catch (error) {
    log.error({ topic, error }, 'an uplink cannot be set aside and goes back into its queue');
    return 'again';
  }
  log.error({ topic, queue: DEAD_QUEUE, error: fault }, 'uplink set aside');
  return 'done';
}

type Rests = {
  /** True after `ms`; false at once when rests are ended meanwhile. */
  rest(ms: number): Promise<boolean>;
  end(): void;
  /** For good: no further rest begins. */
  close(): void;
};

/** After the loss of the connection every message comes again: whoever rests for one would only hold up the rest. */
function createRests(): Rests {
  const resting = new Set<() => void>();
  let closed = false;
  const end = () => {
    for (const wake of [...resting]) wake();
  };
  return {
    rest: (ms) =>
      new Promise((resolve) => {
        if (closed) return resolve(false);
        const settle = (slept: boolean) => {
          clearTimeout(timer);
          resting.delete(wake);
          resolve(slept);
        };
        const wake = () => settle(false);
        const timer = setTimeout(() => settle(true), ms);
        resting.add(wake);
      }),
    end,
    close: () => {
      closed = true;
      end();
    },
  };
}
