import type { Socket } from 'node:net';
import rhea, { type AmqpError, type Connection, type EventContext, type Sender } from 'rhea';
import type { Failure, Result } from '../../../shared/model/failure.ts';
import { PLACES } from './consumer-link.ts';
import {
  acceptSocket,
  announcedFrameBytes,
  declareIdleTimeOut,
  wrapProcessing,
} from './rhea-internals.ts';
import type { Credentials, SignedIn } from './sign-in.ts';

/** What the endpoint decides for a connection. */
export type ConnectionParts = {
  signIn(credentials: Credentials): Promise<Result<SignedIn>>;
  /** The consumer's only link. Returns what ends it. Refuses `consumer-limit`, `connect-rate-exceeded`. */
  serve(sender: Sender, signedIn: SignedIn): Result<() => void>;
  refused(failure: Failure, username: string): void;
  failed(error: unknown): void;
};

/** From the connection to the link (protocol.md 8.1). */
const OPENING_MS = 15_000;
const SHORTEST_IDLE_MS = 30_000;
const LONGEST_IDLE_MS = 300_000;
/** A consumer sends no messages: its frames are small. */
const LONGEST_FRAME_BYTES = 64 * 1024;
const STRANGER_BYTES = 16 * 1024;
const MOST_SESSIONS = 8;
/** For the outcome of the sign-in, or the error of a close, to reach the other end. */
const FAREWELL_MS = 200;

/**
 * One consumer's connection (protocol.md 8.1): SASL PLAIN, one receiving link, whatever its address.
 * Nothing that a client sends ends the process.
 */
export function serveConnection(socket: Socket, parts: ConnectionParts): void {
  const container = rhea.create_container({ id: 'mooring' });
  const state: State = { username: '', strangerBytes: 0, sessions: 0 };
  container.sasl_server_mechanisms.enable_plain(
    async (username: string | null, password: string | null) => {
      state.username = username ?? '';
      const signedIn = await parts
        .signIn({ username: username ?? '', password: password ?? '' })
        .catch((error: unknown) => {
          parts.failed(error);
          return undefined;
        });
      if (signedIn?.ok) state.signedIn = signedIn.value;
      else dismiss(socket);
      if (signedIn && !signedIn.ok) parts.refused(signedIn.failure, state.username);
      return signedIn?.ok === true;
    },
  );
  const connection = container.create_connection({
    container_id: 'mooring',
    max_frame_size: LONGEST_FRAME_BYTES,
    session_buffer_size: { outgoing: PLACES, incoming: MOST_SESSIONS },
    // biome-ignore lint/suspicious/noExplicitAny: rhea's typings want the options of a client
  } as any);
  const opening = setTimeout(() => {
    parts.refused(
      { kind: 'malformed-request', reason: 'no sign-in and link within 15 s' },
      state.username,
    );
    socket.destroy();
  }, OPENING_MS);

  guard(connection, socket, { parts, state });
  container.on('connection_open', () => checkOpen(connection, { parts, state, socket }));
  container.on('session_open', () => {
    state.sessions += 1;
    if (state.sessions > MOST_SESSIONS) socket.destroy();
  });
  container.on('receiver_open', ({ receiver }: EventContext) => receiver?.close(NO_SENDERS));
  container.on('sender_open', ({ sender }: EventContext) => {
    if (!sender) return;
    const opened = open(sender, { parts, state, socket });
    if (opened) clearTimeout(opening);
  });
  const leave = () => {
    state.leave?.();
    delete state.leave;
    delete state.sender;
  };
  container.on('sender_close', ({ sender }: EventContext) => {
    if (sender === state.sender) leave();
  });
  container.on('session_close', leave);
  socket.once('close', () => {
    clearTimeout(opening);
    leave();
  });
  const malformed = (error: unknown) => {
    parts.refused(
      { kind: 'malformed-request', reason: String(error).slice(0, 200) },
      state.username,
    );
    socket.destroySoon();
  };
  container.on('error', malformed);
  container.on('protocol_error', malformed);
  // Behind the close that answers the other end's.
  for (const event of ['connection_close', 'connection_error', 'disconnected']) {
    container.on(event, () => dismiss(socket));
  }
  // Without a listener rhea throws or prints.
  for (const event of ['session_error', 'sender_error', 'receiver_error', 'receiver_close']) {
    container.on(event, () => undefined);
  }
  acceptSocket(connection, socket);
}

type State = {
  username: string;
  strangerBytes: number;
  sessions: number;
  signedIn?: SignedIn;
  sender?: Sender;
  leave?: () => void;
};

type Served = { parts: ConnectionParts; state: State; socket: Socket };

/** Whatever rhea throws ends this connection alone, and nobody makes it collect what it will refuse. */
function guard(
  connection: Connection,
  socket: Socket,
  { parts, state }: Omit<Served, 'socket'>,
): void {
  wrapProcessing(connection, (run) => {
    socket.cork();
    try {
      run();
    } catch (error) {
      parts.failed(error);
      socket.destroy();
    }
    socket.uncork();
  });
  socket.on('data', (chunk: Buffer) => {
    if (!state.signedIn) state.strangerBytes += chunk.length;
    const isTooMuch = state.strangerBytes > STRANGER_BYTES;
    if (isTooMuch || announcedFrameBytes(connection) > LONGEST_FRAME_BYTES) socket.destroy();
  });
}

/** The idle time-out that the client declares has to be of 30 to 300 s (protocol.md 8.1). */
function checkOpen(connection: Connection, { parts, state, socket }: Served): void {
  const idleTimeOutMs = connection.idle_time_out ?? 0;
  if (idleTimeOutMs >= SHORTEST_IDLE_MS && idleTimeOutMs <= LONGEST_IDLE_MS) {
    // rhea closes after twice what it declares.
    declareIdleTimeOut(connection, idleTimeOutMs / 2);
    return;
  }
  parts.refused({ kind: 'idle-time-out-refused', idleTimeOutMs }, state.username);
  connection.close({ condition: 'amqp:invalid-field', description: IDLE_TEXT });
  dismiss(socket);
}

/** True if the consumer is served from now on. */
function open(sender: Sender, { parts, state, socket }: Served): boolean {
  // A source that is absent in our answer means a refusal to some clients.
  sender.set_source({ address: sender.source?.address ?? 'default' });
  sender.set_target({ address: sender.target?.address ?? '' });
  if (!state.signedIn || state.sender) {
    sender.close(ONE_LINK);
    return false;
  }
  const served = parts.serve(sender, state.signedIn);
  if (served.ok) {
    state.sender = sender;
    state.leave = served.value;
    return true;
  }
  parts.refused(served.failure, state.username);
  sender.connection.close({
    condition: 'amqp:resource-limit-exceeded',
    description: textOf(served.failure),
  });
  dismiss(socket);
  return false;
}

function textOf(failure: Failure): string {
  if (failure.kind === 'consumer-limit')
    return `a consumer group has at most ${failure.most} consumers`;
  if (failure.kind === 'connect-rate-exceeded') {
    return `a consumer group connects at most ${failure.limitPerMinute} times a minute`;
  }
  return 'refused';
}

function dismiss(socket: Socket): void {
  setTimeout(() => socket.destroySoon(), FAREWELL_MS).unref();
}

const IDLE_TEXT = 'the idle-time-out has to be of 30000 to 300000 ms';
const NO_SENDERS: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'consumers send nothing',
};
const ONE_LINK: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'a connection has one receiving link',
};
