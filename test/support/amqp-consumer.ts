import { createHmac } from 'node:crypto';
import rhea, { type Connection, type Delivery, type Message as RheaMessage } from 'rhea';
import { onTestFinished } from 'vitest';

export type ConsumerOptions = {
  /** `amqp://` or `amqps://`. */
  url: string;
  accessKeyId: string;
  accessKeySecret: string;
  groupId?: string;
  clientId?: string;
  /** What is given here takes the place of what the platform's sample has. */
  changes?: Record<string, unknown>;
  parameters?: string;
  password?: string;
  /** Default: accepts, as the sample does. */
  onMessage?: (delivery: Delivery, message: Received) => void;
};

export type Received = {
  topic: string;
  messageId: string;
  generateTime: number;
  /** The body's text. */
  content: string;
  deliveryCount: number;
};

export type TestConsumer = {
  received: Received[];
  connection: Connection;
  /** Errors of the connection and the link, as `condition: description`. */
  errors: string[];
  /** Resolves when the connection is no more. */
  closed: Promise<void>;
  close(): void;
};

/** Constant, as in the platform's sample. */
const TIMESTAMP = '1573489088171';

/** A consumer as the platform's documents write it for Node.js: rhea, no address, a constant timestamp. */
export function startConsumer(options: ConsumerOptions): TestConsumer {
  const { url, accessKeyId, accessKeySecret, groupId = 'DEFAULT_GROUP', clientId = 'c1' } = options;
  const { hostname, port, protocol } = new URL(url);
  const content = `authId=${accessKeyId}&timestamp=${TIMESTAMP}`;
  const container = rhea.create_container();
  const received: Received[] = [];
  const errors: string[] = [];
  const { onMessage = (delivery: Delivery) => delivery.accept() } = options;
  container.on('message', ({ message, delivery }) => {
    const one = receivedOf(message as RheaMessage);
    received.push(one);
    onMessage(delivery as Delivery, one);
  });
  const closed = new Promise<void>((resolve) => {
    container.on('disconnected', () => resolve());
    container.on('connection_close', () => resolve());
  });
  for (const event of ['connection_error', 'receiver_error', 'error']) {
    container.on(event, ({ connection: one, receiver, error }) => {
      const { condition, description } = error ?? receiver?.error ?? one?.error ?? {};
      errors.push(`${condition}: ${description}`);
    });
  }
  const connection = container.connect({
    host: hostname,
    port: Number(port),
    transport: protocol === 'amqps:' ? 'tls' : 'tcp',
    rejectUnauthorized: false,
    reconnect: false,
    idle_time_out: 60_000,
    username: `${clientId}|authMode=aksign,signMethod=hmacsha1,timestamp=${TIMESTAMP},authId=${accessKeyId},iotInstanceId="",consumerGroupId=${groupId}${options.parameters ?? ''}|`,
    password:
      options.password ?? createHmac('sha1', accessKeySecret).update(content).digest('base64'),
    ...options.changes,
  } as Parameters<typeof container.connect>[0]);
  connection.open_receiver({ autoaccept: false, ...options.changes });
  onTestFinished(() => connection.close());
  return { received, connection, errors, closed, close: () => connection.close() };
}

function receivedOf({ application_properties, body, delivery_count }: RheaMessage): Received {
  const { topic, messageId, generateTime } = application_properties ?? {};
  return {
    topic: String(topic),
    messageId: String(messageId),
    generateTime: Number(generateTime),
    content: Buffer.from(body.content).toString(),
    deliveryCount: delivery_count ?? 0,
  };
}
