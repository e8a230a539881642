import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Requests as bytes on the wire, sent in turn by all connections. */
export type Load = {
  port: number;
  requests: readonly Buffer[];
  connections: number;
  durationMs: number;
};

export type Measured = { perSecond: number; answers: number; failures: number };

/**
 * A closed loop over keep-alive connections: each sends its next request when the answer to the
 * last is there. It reads no more of an answer than it must, so that the generator's core has room.
 * A failure is an answer whose body does not start with `expected`.
 */
export async function applyLoad(load: Load, expected: string): Promise<Measured> {
  const endAtMs = performance.now() + load.durationMs;
  const tally = { answers: 0, failures: 0, next: 0 };
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      const socket = connect({ host: '127.0.0.1', port: load.port, noDelay: true });
      await once(socket, 'connect');
      await runConnection(socket, { ...load, expected, endAtMs, tally });
    }),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  const { answers, failures } = tally;
  return { perSecond: answers / seconds, answers, failures };
}

type Run = Load & {
  expected: string;
  endAtMs: number;
  tally: { answers: number; failures: number; next: number };
};

function runConnection(socket: Socket, run: Run): Promise<void> {
  const { requests, tally } = run;
  const sendNext = () => {
    const request = requests[tally.next % requests.length];
    tally.next += 1;
    if (request) socket.write(request);
  };
  return new Promise((resolve, reject) => {
    let received = '';
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const bodyAt = received.indexOf('\r\n\r\n') + 4;
      if (bodyAt < 4 || received.length - bodyAt < contentLengthOf(received)) return;
      tally.answers += 1;
      if (!received.startsWith(run.expected, bodyAt)) tally.failures += 1;
      received = '';
      if (performance.now() < run.endAtMs) sendNext();
      else resolve(void socket.destroy());
    });
    sendNext();
  });
}

function contentLengthOf(head: string): number {
  const at = head.indexOf('Content-Length: ') + 'Content-Length: '.length;
  return Number.parseInt(head.slice(at, at + 9), 10);
}
