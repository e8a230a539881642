import { Connection, type Consumer, ConsumerStatus, type Envelope } from 'rabbitmq-client';
import type { Log } from '../../ports/log.ts';

type Headers = Readonly<Record<string, unknown>>;

export type Outgoing = {
  /** Empty: straight into the queue that `routingKey` names. */
  exchange: string;
  routingKey: string;
  headers: Headers;
  /** Survives a restart of the broker, in queues that do. */
  durable: boolean;
  /** Thrown away in a queue that it waits in for longer. */
  expiresInMs?: number;
  payload: Uint8Array;
};

export type Incoming = Pick<Outgoing, 'exchange' | 'routingKey' | 'headers'> & { payload: Buffer };

type ConsumeOptions = {
  queue: string;
  /** Declared beside it, for whoever consumes to put messages into. */
  otherQueues: readonly string[];
  bindings: readonly { exchange: string; routingKey: string }[];
  /** Messages in hand at a time. */
  prefetch: number;
};

/** `again`: back into the queue, as it also goes when the connection breaks before. */
export type Verdict = 'done' | 'again';

export type RabbitmqClient = {
  /** Resolves when the broker has confirmed it. Rejects with a reason that says what to check. */
  publish(message: Outgoing): Promise<void>;
  /**
   * Declares durable queues and consumes; anew after every loss of the connection, of which `onLoss`
   * tells. Resolves when it does, or after the time-out: then it goes on trying.
   */
  consume(
    options: ConsumeOptions,
    handle: (message: Incoming) => Promise<Verdict>,
    onLoss: () => void,
  ): Promise<void>;
  close(): Promise<void>;
};

type ClientOptions = { url: string; log: Log; timeoutMs: number };

const RECONNECT_FIRST_MS = 500;
const RECONNECT_MOST_MS = 5000;
/** Of a connection that broke while nobody used it, as in a function that was frozen. */
const ATTEMPTS = 2;

/** Connects at once, and again whenever the connection is lost. */
export function createRabbitmqClient({ url, log, timeoutMs }: ClientOptions): RabbitmqClient {
  const connection = new Connection({
    url,
    connectionName: 'mooring',
    acquireTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    retryLow: RECONNECT_FIRST_MS,
    retryHigh: RECONNECT_MOST_MS,
  });
  connection.on('error', (error) => log.warn({ reason: String(error) }, 'RabbitMQ is lost'));
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: ATTEMPTS });
  const consumers: Consumer[] = [];
  return {
    publish: (message) =>
      inTime(publisher.send(envelopeOf(message), Buffer.from(message.payload)), timeoutMs),
    consume: async (options, handle, onLoss) => {
      connection.on('error', onLoss);
      const consumer = createConsumer(connection, { options, handle, log });
      consumers.push(consumer);
      startWhenConnected(connection, consumer, { options, log });
      await readyInTime(consumer, timeoutMs);
    },
    close: async () => {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      // What is still unconfirmed has been given up by whoever sent it.
      connection.unsafeDestroy();
    },
  };
}

function envelopeOf({ exchange, routingKey, headers, durable, expiresInMs }: Outgoing): Envelope {
  return {
    exchange,
    routingKey,
    headers: { ...headers },
    durable,
    ...(expiresInMs !== undefined && { expiration: String(expiresInMs) }),
  };
}

type Consuming = {
  options: ConsumeOptions;
  handle: (message: Incoming) => Promise<Verdict>;
  log: Log;
};

function createConsumer(connection: Connection, { options, handle, log }: Consuming): Consumer {
  const { queue, bindings, prefetch } = options;
  const consumer = connection.createConsumer(
    {
      queue,
      queueOptions: { durable: true },
      queueBindings: bindings.map((binding) => ({ queue, ...binding })),
      qos: { prefetchCount: prefetch },
      concurrency: prefetch,
      lazy: true,
    },
    async ({ exchange, routingKey, headers = {}, body }) => {
      const verdict = await handle({ exchange, routingKey, headers, payload: bytesOf(body) });
      return verdict === 'done' ? ConsumerStatus.ACK : ConsumerStatus.REQUEUE;
    },
  );
  consumer.on('error', (error) =>
    log.warn({ queue, reason: String(error) }, 'consuming from RabbitMQ failed'),
  );
  return consumer;
}

/**
 * The client has read what is declared as JSON or text, as MQTT 5 alone can declare it: written again
 * it says the same, in other bytes perhaps.
 */
function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? ''));
}

/** Only behind the other queues: nothing may be put into one that is not there yet. */
function startWhenConnected(
  connection: Connection,
  consumer: Consumer,
  { options: { otherQueues }, log }: Pick<Consuming, 'options' | 'log'>,
): void {
  const start = async () => {
    for (const queue of otherQueues) await connection.queueDeclare({ queue, durable: true });
    consumer.start();
  };
  const begin = () => {
    start().catch((error: unknown) =>
      log.warn({ otherQueues, reason: String(error) }, 'a queue of RabbitMQ cannot be declared'),
    );
  };
  connection.on('connection', begin);
  if (connection.ready) begin();
}

function readyInTime(consumer: Consumer, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    consumer.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A broker that has run out of memory or disk takes messages without ever confirming them. */
async function inTime(sending: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const reason = `not confirmed within ${timeoutMs} ms`;
    timer = setTimeout(() => reject(new Error(reason)), timeoutMs);
  });
  try {
    await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
    sending.catch(() => undefined);
  }
}
