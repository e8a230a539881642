import { once } from 'node:events';
import { connect } from 'node:net';

/** A request, and the number that a test knows it by. */
export type Numbered = { number: number; bytes: Buffer };

/**
 * Sends requests over one keep-alive connection, one after another, until there are no more or the
 * connection breaks. Calls `answered` for each whole answer; what was in flight at a break has none.
 */
export async function sendUntilBroken(
  port: number,
  next: () => Numbered | undefined,
  answered: (number: number, body: string) => void,
): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => socket.destroy());
  const closed = once(socket, 'close').catch(() => undefined);
  let current = next();
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
    const body = wholeBody(received);
    if (body === undefined || !current) return;
    answered(current.number, body);
    received = '';
    current = next();
    if (current) socket.write(current.bytes);
    else socket.end();
  });
  if (current) socket.write(current.bytes);
  else socket.end();
  await closed;
}

function wholeBody(received: string): string | undefined {
  const end = received.indexOf('\r\n\r\n');
  const length = /\r\nContent-Length: (\d+)\r\n/.exec(received)?.[1];
  if (end < 0 || length === undefined) return undefined;
  const body = received.slice(end + 4);
  return body.length >= Number(length) ? body : undefined;
}
