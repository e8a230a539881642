import type { Socket } from 'node:net';
import rhea, { type Connection, type EventContext } from 'rhea';
import type { AmqpCredentials, AmqpEndpoint } from './amqp-endpoint.ts';

export type ConnectOptions = {
  endpoint: AmqpEndpoint;
  credentials: AmqpCredentials;
  containerId: string;
};

/**
 * Why a connection is over. `isRefused`: to try again soon would be in vain. `isOtherQueue`: RabbitMQ has
 * the queue with other properties than it was asked for with.
 */
export type ConnectionEnd = { reason: string; isRefused: boolean; isOtherQueue?: boolean };

export type RheaConnection = {
  connection: Connection;
  /** Runs `write`; the frames that rhea writes over it leave in one piece. */
  corked(write: () => void): void;
  /** Sends what is settled and closes; cuts it off where the other side does not answer. */
  close(): Promise<void>;
  /** At once. */
  destroy(): void;
};

/** Of the idle time-out that is declared: from 30 to 300 s at the platform (protocol.md 8.1). */
const IDLE_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 2000;
/** Deliveries that a session remembers: see MOST_SPAN in settlements.ts. */
const SESSION_DELIVERIES = 32_768;
/** Conditions after which the same attempt would fail again. */
const REFUSALS = new Set([
  'amqp:unauthorized-access',
  'amqp:not-found',
  'amqp:not-allowed',
  'amqp:not-implemented',
  'amqp:invalid-field',
]);

const OTHER_QUEUE = 'amqp:precondition-failed';

/** Connects once, without rhea's own reconnecting; `onEnd` is told once, whatever ends it. */
export function connectRhea(
  { endpoint, credentials, containerId }: ConnectOptions,
  onEnd: (end: ConnectionEnd) => void,
): RheaConnection {
  const { host, port, isTls, vhost } = endpoint;
  const options = {
    host,
    port,
    reconnect: false,
    container_id: containerId,
    idle_time_out: IDLE_TIMEOUT_MS,
    session_buffer_size: SESSION_DELIVERIES,
    sasl_mechanisms: { PLAIN: () => plain(credentials) },
    ...(vhost !== undefined && { hostname: `vhost:${vhost}` }),
  };
  const container = rhea.create_container({ id: containerId });
  const connection = container.connect(isTls ? { ...options, transport: 'tls' } : options);
  const socketOf = (): Socket | undefined => Reflect.get(connection, 'socket');
  let isOver = false;
  let isClosing = false;
  const end = (what: string, context?: EventContext | Error): void => {
    if (isOver) return;
    isOver = true;
    // With an error, since rhea stops its heartbeats over that alone.
    socketOf()?.destroy(new Error(what));
    if (!isClosing) onEnd(endOf(what, context));
  };
  connection.on('error', (error: Error) => end('the connection failed', error));
  connection.on('protocol_error', (error: Error) =>
    end('the server does not speak AMQP 1.0', error),
  );
  connection.on('disconnected', (context) => end('the connection is lost', context));
  for (const what of ['connection', 'session', 'receiver', 'sender']) {
    connection.on(`${what}_error`, (context) => end(`the server ended the ${what}`, context));
    connection.on(`${what}_close`, (context) => end(`the server ended the ${what}`, context));
  }
  return {
    connection,
    corked: (write) => {
      const socket = socketOf();
      socket?.cork();
      write();
      // rhea writes at the next tick, and was asked for that before.
      process.nextTick(() => socket?.uncork());
    },
    close: () => {
      isClosing = true;
      return isOver ? Promise.resolve() : closed(connection, () => end('closed'));
    },
    destroy: () => {
      isClosing = true;
      end('closed');
    },
  };
}

/** Not rhea's own, which counts characters where the wire has bytes. */
function plain({ username, password }: AmqpCredentials) {
  return {
    start: (done: (error: undefined, response: Buffer) => void) =>
      done(undefined, Buffer.from(`\0${username}\0${password}`)),
  };
}

type Condition = { condition?: unknown; description?: unknown; message?: unknown };

/** The server's own words, none of which has the password in it. */
function endOf(what: string, context: EventContext | Error | undefined): ConnectionEnd {
  const { condition, description, message }: Condition = Object(errorIn(context));
  const told = [condition, description ?? message].filter((part) => typeof part === 'string');
  const reason = told.length > 0 ? `${what}: ${told.join(': ')}` : what;
  const isRefused = typeof condition === 'string' && REFUSALS.has(condition);
  return { reason, isRefused, isOtherQueue: condition === OTHER_QUEUE };
}

function errorIn(context: EventContext | Error | undefined): unknown {
  if (context === undefined || context instanceof Error) return context;
  const { error, receiver, sender, session } = context;
  return error ?? receiver?.error ?? sender?.error ?? session?.error;
}

function closed(connection: Connection, cutOff: () => void): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      cutOff();
      resolve();
    };
    const timer = setTimeout(finish, CLOSE_TIMEOUT_MS);
    for (const event of ['connection_close', 'disconnected']) connection.once(event, finish);
    connection.close();
  });
}

/**
 * rhea decodes what it receives where a failure ends the connection, so that one message with a broken
 * encoding would come again, and end it again, for ever. It is handed over unread instead.
 */
const { decode } = rhea.message;
rhea.message.decode = (bytes) => {
  try {
    return decode(bytes);
  } catch (error) {
    return { unreadable: String(error), bytes } as unknown as ReturnType<typeof decode>;
  }
};
