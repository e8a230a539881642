import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { type LocalHttp, startHttp } from '../../../../infra/local/http-server.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { tempFolder } from '../../../support/temp-folder.ts';
import { writeTestCertificate } from '../../../support/test-certificate.ts';

const HOST = '127.0.0.1';
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const DRAIN_MS = 5000;

const servers: [what: string, isTls: boolean][] = [
  ['a server without TLS', false],
  ['a server with TLS', true],
];

function start(isTls: boolean, log = captureLog()): Promise<LocalHttp> {
  const reply = { status: 200, contentType: 'text/plain', body: 'here' };
  return startHttp({
    handler: () => Promise.resolve(reply),
    log,
    nowMs: Date.now,
    host: HOST,
    port: 0,
    ...(isTls && { tls: writeTestCertificate(tempFolder()) }),
  });
}

/** Whatever comes of it: these connections are cut. */
async function connected(socket: Socket): Promise<Socket> {
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function stopMs(http: LocalHttp): Promise<number> {
  const startedMs = performance.now();
  await http.stop();
  return performance.now() - startedMs;
}

test('HTTP and HTTPS are answered on one port', async () => {
  const http = await start(true);
  const plain = await connected(connect(http.port, HOST));
  const options = { host: HOST, port: http.port, rejectUnauthorized: false };
  const secure = await connected(connectTls(options));
  for (const socket of [plain, secure]) {
    socket.write(REQUEST);
    expect(String(await once(socket, 'data'))).toContain('here');
  }
  await http.stop();
});

test('a TLS handshake that fails leaves a line in the log', async () => {
  const log = captureLog();
  const http = await start(true, log);
  const tooOld = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const;
  const ciphers = 'DEFAULT@SECLEVEL=0';
  await once(connectTls({ host: HOST, port: http.port, ...tooOld, ciphers }), 'error');
  await http.stop();
  const refused = { kind: 'transport-refused', reason: 'unsupported protocol' };
  expect(log.lines).toMatchObject([
    { message: 'TLS handshake failed', fields: { sourceIp: HOST, refused } },
  ]);
});

test.each(servers)('%s closes idle connections at once when it stops', async (_, isTls) => {
  const http = await start(isTls);
  const idle = await connected(connect(http.port, HOST));
  idle.write(REQUEST);
  await once(idle, 'data');
  expect(await stopMs(http)).toBeLessThan(DRAIN_MS / 2);
});

const TLS_HANDSHAKE_BEGUN = Buffer.from([0x16, 3, 1, 2, 0]);

test.each(servers)(
  '%s gives up connections that never come to an end',
  async (_, isTls) => {
    const http = await start(isTls);
    const halfRequest = await connected(connect(http.port, HOST));
    halfRequest.write('POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf');
    const halfHandshake = await connected(connect(http.port, HOST));
    halfHandshake.write(TLS_HANDSHAKE_BEGUN);
    await connected(connect(http.port, HOST));
    expect(await stopMs(http)).toBeLessThan(2 * DRAIN_MS);
  },
  4 * DRAIN_MS,
);

test('a port that is taken is refused with the variables to look at', async () => {
  const options = {
    handler: async () => ({ status: 200, contentType: '', body: '' }),
    log: captureLog(),
    nowMs: Date.now,
    host: '127.0.0.1',
  };
  const first = await startHttp({ ...options, port: 0 });
  try {
    await expect(startHttp({ ...options, port: first.port })).rejects.toThrow(
      /EADDRINUSE.*see MOORING_HOST and MOORING_HTTP_PORT/,
    );
  } finally {
    await first.stop();
  }
});
