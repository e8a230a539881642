import { connect } from 'node:net';

/** An answer as a device on a plain socket sees it. */
export type RawAnswer = { head: string; body: string };

/**
 * Writes bytes to a socket and reads one answer the way the C Link SDK does (devices.md 1): it looks
 * for `Content-Length` spelt just so and knows no chunks. Rejects without such an answer in 5 s.
 */
export function exchange(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    const finish = (outcome: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      outcome();
    };
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer; got ${received}`))),
      5000,
    );
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(new Error(`closed; got ${received}`))));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      const answer = wholeAnswer(received);
      if (answer) finish(() => resolve(answer));
    });
    socket.write(bytes);
  });
}

function wholeAnswer(received: string): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.slice(0, end + 4);
  const length = /\r\nContent-Length: (\d+)\r\n/.exec(head)?.[1];
  const body = received.slice(end + 4);
  if (length === undefined || body.length < Number(length)) return undefined;
  return { head, body: Buffer.from(body, 'latin1').toString('utf8') };
}

export function post(path: string, headers: readonly string[], body: string | Buffer): Buffer {
  const payload = Buffer.from(body);
  const lines = [`POST ${path} HTTP/1.1`, 'Host: iot-as-http.cn-shanghai.aliyuncs.com', ...headers];
  return Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${payload.length}\r\n\r\n`),
    payload,
  ]);
}
