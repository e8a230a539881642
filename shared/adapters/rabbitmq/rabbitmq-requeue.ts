import type { Connection } from 'rabbitmq-client';
import type { QueueMessage } from '../../model/forwarding.ts';
import type { Log } from '../../ports/log.ts';
import type { Requeue } from '../../ports/requeue.ts';
import { inTime } from './in-time.ts';
import { TOPIC_HEADER } from './routing-key.ts';

type RabbitmqRequeueOptions = {
  /** Holds a password. */
  url: string;
  log: Log;
  /** Of one message, with the connecting. */
  timeoutMs?: number;
};

type Put = { queue: string; arguments?: Record<string, unknown>; headers: Headers };
type Headers = Record<string, string | number>;

const DEFAULT_TIMEOUT_MS = 5000;
const LONGEST_REASON = 500;
const ATTEMPTS_HEADER = 'x-mooring-attempts';
const REASON_HEADER = 'x-mooring-reason';

/**
 * Retries by way of `<queue>.retry.<ms>`, whose messages go back into `<queue>` when they have waited
 * there; dead letters into `<queue>.dead`. Both are declared, durable. Connects at the first message.
 */
export function createRabbitmqRequeue(options: RabbitmqRequeueOptions): Requeue {
  let opened: Promise<Opened> | undefined;
  const put = async (message: QueueMessage, what: Put): Promise<void> => {
    opened ??= open({ timeoutMs: DEFAULT_TIMEOUT_MS, ...options });
    const { send } = await opened;
    await send(message, what);
  };
  return {
    retry: (message, { delayMs, attempts, reason }) =>
      put(message, {
        queue: `${message.queue}.retry.${delayMs}`,
        arguments: {
          'x-message-ttl': delayMs,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': message.queue,
        },
        headers: { [ATTEMPTS_HEADER]: attempts, [REASON_HEADER]: reason.slice(0, LONGEST_REASON) },
      }),
    bury: (message, reason) =>
      put(message, {
        queue: `${message.queue}.dead`,
        headers: {
          [ATTEMPTS_HEADER]: message.attempts,
          [REASON_HEADER]: reason.slice(0, LONGEST_REASON),
        },
      }),
    close: async () => {
      const used = opened;
      opened = undefined;
      await (await used)?.close();
    },
  };
}

type Opened = {
  send(message: QueueMessage, what: Put): Promise<void>;
  close(): Promise<void>;
};

async function open(options: Required<RabbitmqRequeueOptions>): Promise<Opened> {
  const { openConnection } = await import('./rabbitmq-client.ts');
  const { timeoutMs } = options;
  const connection = openConnection(options);
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: 1 });
  const declare = declarer(connection);
  return {
    send: (message, what) => {
      const sending = declare(what).then(() =>
        publisher.send(envelopeOf(message, what), Buffer.from(message.message.body)),
      );
      return inTime(sending, timeoutMs, () => `not confirmed within ${timeoutMs} ms`);
    },
    close: async () => connection.unsafeDestroy(),
  };
}

/** Each queue once. */
function declarer(connection: Connection): (what: Put) => Promise<unknown> {
  const declared = new Map<string, Promise<unknown>>();
  const declare = ({ queue, arguments: args = {} }: Put): Promise<unknown> => {
    const declaring = connection.queueDeclare({ queue, durable: true, arguments: args });
    declared.set(queue, declaring);
    return declaring;
  };
  return (what) => declared.get(what.queue) ?? declare(what);
}

function envelopeOf({ message, headers: known }: QueueMessage, { queue, headers }: Put) {
  const { messageId, topic, generateTimeMs } = message;
  return {
    routingKey: queue,
    durable: true,
    messageId,
    headers: {
      ...known,
      [TOPIC_HEADER]: topic,
      messageId,
      ...(generateTimeMs !== null && { generateTime: generateTimeMs }),
      ...headers,
    },
  };
}
