import type { Socket } from 'node:net';
import rhea, { type AmqpError, type EventContext } from 'rhea';
import { PLACES } from './consumer-link.ts';
import { checkOpen, closeLink, letIn, openLink } from './opening.ts';
import { guardFrames } from './rhea-guard.ts';
import { acceptSocket, endConnection, filterInput, wrapProcessing } from './rhea-internals.ts';
import {
  type ConnectionParts,
  endSoon,
  leave,
  refuseMalformed,
  type Served,
} from './served-connection.ts';
import { createWholeFrames } from './whole-frames.ts';

/** From the connection to the link (protocol.md 8.1). */
const OPENING_MS = 15_000;
/** A consumer sends no messages: its frames are small. */
const LONGEST_FRAME_BYTES = 64 * 1024;
const STRANGER_BYTES = 16 * 1024;
/** Of the session's window for what consumers do not send. */
const INCOMING_PLACES = 8;

/**
 * One consumer's connection (protocol.md 8.1): SASL PLAIN, one receiving link, whatever its address.
 * Nothing that a client sends ends the process, or keeps it from the other clients.
 */
export function serveConnection(socket: Socket, parts: ConnectionParts): void {
  const container = rhea.create_container({ id: 'mooring' });
  const connection = container.create_connection({
    container_id: 'mooring',
    max_frame_size: LONGEST_FRAME_BYTES,
    session_buffer_size: { outgoing: PLACES, incoming: INCOMING_PLACES },
    credit_window: 0,
    // biome-ignore lint/suspicious/noExplicitAny: rhea's typings want the options of a client
  } as any);
  const served: Served = {
    connection,
    socket,
    parts,
    state: { strangerBytes: 0 },
    dismiss(error) {
      connection.close(error);
      endSoon(socket);
    },
  };
  container.sasl_server_mechanisms.enable_plain(
    (username: string | null, password: string | null) =>
      letIn({ username: username ?? '', password: password ?? '' }, served),
  );
  const opening = setTimeout(() => {
    refuseMalformed(served, 'no sign-in and link within 15 s');
    socket.destroy();
  }, OPENING_MS);
  guardInput(served);
  guardProcessing(served);
  guardFrames(connection);

  container.on('connection_open', () => checkOpen(served));
  container.on('receiver_open', ({ receiver }: EventContext) => receiver?.close(NO_SENDERS));
  container.on('sender_open', ({ sender }: EventContext) => {
    if (sender && openLink(sender, served)) clearTimeout(opening);
  });
  container.on('sender_close', ({ sender }: EventContext) => {
    if (sender && sender === served.state.sender) closeLink(sender, served);
  });
  container.on('session_close', ({ session }: EventContext) => {
    if (session && session === served.state.sender?.session) leave(served);
  });
  socket.once('close', () => {
    clearTimeout(opening);
    leave(served);
    endConnection(connection);
  });
  for (const event of ['error', 'protocol_error']) {
    container.on(event, (error: unknown) => {
      refuseMalformed(served, error);
      endSoon(socket);
    });
  }
  // Behind the close that answers the other end's.
  for (const event of ['connection_close', 'connection_error', 'disconnected']) {
    container.on(event, () => endSoon(socket));
  }
  // Without a listener rhea throws or prints.
  for (const event of ['session_error', 'sender_error', 'receiver_error', 'receiver_close']) {
    container.on(event, () => undefined);
  }
  acceptSocket(connection, socket);
}

/** rhea gets whole and sound frames alone, and of a stranger only a few. */
function guardInput(served: Served): void {
  const { connection, socket, state } = served;
  const wholeFrames = createWholeFrames(LONGEST_FRAME_BYTES);
  filterInput(connection, (chunk, read) => {
    if (socket.destroyed) return;
    try {
      if (!state.signedIn) state.strangerBytes += chunk.length;
      if (state.strangerBytes > STRANGER_BYTES) throw new Error('too much before the sign-in');
      const frames = wholeFrames(chunk);
      if (frames.length > 0) read(frames);
    } catch (error) {
      refuseMalformed(served, error);
      socket.destroy();
    }
  });
}

/** Whatever rhea throws in a tick of its own ends this connection alone. */
function guardProcessing({ connection, socket, parts }: Served): void {
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
}

const NO_SENDERS: AmqpError = {
  condition: 'amqp:not-allowed',
  description: 'consumers send nothing',
};
