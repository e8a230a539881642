import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { TlsFiles } from '../../shared/runtime/config.ts';
import { createNodeListener } from '../../shared/runtime/node-http.ts';

export type LocalHttp = { port: number; stop(): Promise<void> };

export type HttpOptions = {
  handler: Handler;
  log: Log;
  host: string;
  port: number;
  tls?: TlsFiles;
};

/** Serves HTTP and, where a certificate is configured, HTTPS on the same port. */
export async function startHttp(options: HttpOptions): Promise<LocalHttp> {
  const { handler, log, host, port, tls } = options;
  const http = createHttpServer(
    { maxHeaderSize: LONGEST_HEAD_BYTES },
    createNodeListener(handler, { log }),
  );
  const server = tls
    ? await asked(withTls(http, tls), 'MOORING_TLS_CERT and MOORING_TLS_KEY')
    : http;
  const sockets = trackSockets(server);
  server.listen(port, host);
  await asked(once(server, 'listening'), 'MOORING_HOST and MOORING_HTTP_PORT (0 picks a free one)');
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => stop({ server, http, sockets }),
  };
}

/** A failure that the user can mend names what to look at. */
async function asked<T>(work: Promise<T>, variables: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${reason}; see ${variables}`, { cause });
  }
}

/** First byte of a TLS record that carries a handshake (RFC 8446, 5.1); no HTTP method begins with it. */
const TLS_HANDSHAKE = 0x16;
const FIRST_BYTE_TIMEOUT_MS = 30_000;

async function withTls(http: HttpServer, { certPath, keyPath }: TlsFiles): Promise<Server> {
  const [cert, key] = await Promise.all([readFile(certPath), readFile(keyPath)]);
  const https = createTlsServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) =>
    http.emit('connection', socket),
  );
  https.on('tlsClientError', (_error, socket) => socket.destroy());
  // Node sets up its time-outs for slow clients, and the list of idle connections, at this event:
  // a server that does not listen by itself would have neither.
  http.emit('listening');
  return createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
    socket.once('readable', () => passOn(socket, http, https));
  });
}

function passOn(socket: Socket, http: HttpServer, https: Server): void {
  const first: Buffer | null = socket.read();
  if (!first) return;
  socket.setTimeout(0);
  socket.unshift(first);
  const server = first[0] === TLS_HANDSHAKE ? https : http;
  server.emit('connection', socket);
}

/** Of a connection before its first byte, or in its TLS handshake, the HTTP server knows nothing. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

type Running = { server: Server; http: HttpServer; sockets: ReadonlySet<Socket> };

/** Requests in hand are answered; connections that idle are closed, and in the end all of them. */
async function stop({ server, http, sockets }: Running): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  http.closeIdleConnections();
  const force = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, DRAIN_MS);
  await closed;
  clearTimeout(force);
}

const DRAIN_MS = 5000;

/** The OpenAPI SDK puts every parameter into the URL, a thing model of 256 KB too. */
const LONGEST_HEAD_BYTES = 1024 * 1024;
