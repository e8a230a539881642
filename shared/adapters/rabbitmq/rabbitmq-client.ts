import { Connection, type Consumer, ConsumerStatus, type Envelope } from 'rabbitmq-client';
import type { Log } from '../../ports/log.ts';
import { inTime } from './in-time.ts';

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

const RECONNECT_FIRST_MS = 200;
const RECONNECT_MOST_MS = 2000;
/** A broker that is gone without a word is noticed after two of these. */
const HEARTBEAT_SECONDS = 20;
/** As RabbitMQ offers it; the client's own 8 kB cut a message into many. */
const FRAME_BYTES = 131_072;
/** Of a connection that broke while nobody used it, as in a function that was frozen. */
const ATTEMPTS = 2;

/** Connects at once, and again whenever the connection is lost, which it logs. */
export function openConnection({ url, log, timeoutMs }: ClientOptions): Connection {
  const connection = new Connection({
    url,
    connectionName: 'mooring',
    acquireTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    retryLow: RECONNECT_FIRST_MS,
    retryHigh: RECONNECT_MOST_MS,
    heartbeat: HEARTBEAT_SECONDS,
    frameMax: FRAME_BYTES,
  });
  connection.on('error', (error) => log.warn({ reason: String(error) }, 'RabbitMQ is lost'));
  return connection;
}

export function createRabbitmqClient(options: ClientOptions): RabbitmqClient {
  const { log, timeoutMs } = options;
  const connection = openConnection(options);
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: ATTEMPTS });
  const consumers: Consumer[] = [];
  return {
    publish: (message) =>
      // A broker that has run out of memory or disk takes messages without ever confirming them.
      inTime(
        publisher.send(envelopeOf(message), Buffer.from(message.payload)),
        timeoutMs,
        () => `not confirmed within ${timeoutMs} ms`,
      ),
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
