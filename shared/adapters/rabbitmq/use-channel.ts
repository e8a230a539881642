import type { Channel, Connection } from 'rabbitmq-client';
import { inTime } from './in-time.ts';
import { RabbitmqError } from './rabbitmq-error.ts';

/**
 * Runs `use` on a channel of its own.
 * @throws RabbitmqError if there is no connection in time.
 */
export async function useChannel<T>(
  connection: Connection,
  timeoutMs: number,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = await acquire(connection);
  // Whoever uses it is told by the rejection.
  channel.on('error', () => undefined);
  try {
    return await use(channel);
  } finally {
    await closeChannel(channel, timeoutMs);
  }
}

/** What it rejects with says only that there was none in time; why, the connection has told once. */
async function acquire(connection: Connection): Promise<Channel> {
  let fault: unknown;
  const note = (error: unknown) => {
    fault = error;
  };
  connection.on('error', note);
  try {
    return await connection.acquire({ emitErrorsFromChannel: true });
  } catch (cause) {
    throw new RabbitmqError('cannot be reached', { cause, reason: fault ?? cause });
  } finally {
    connection.off('error', note);
  }
}

/** A broker that does not answer is not waited for. */
export async function closeChannel(channel: Channel, timeoutMs: number): Promise<void> {
  await inTime(channel.close(), timeoutMs, () => 'not closed').catch(() => undefined);
}

/** Left alone, one that is dead would wait for its answer, and one with channels for their end. */
export async function closeConnection(
  connection: Connection,
  timeoutMs: number,
  channels: readonly Channel[] = [],
): Promise<void> {
  const closing = Promise.all(channels.map((channel) => channel.close())).then(() =>
    connection.close(),
  );
  await inTime(closing, timeoutMs, () => 'not closed').catch(() => undefined);
  connection.unsafeDestroy();
}
