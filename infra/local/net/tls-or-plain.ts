import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { createServer as createTlsServer, DEFAULT_CIPHERS } from 'node:tls';
import type { TlsFiles } from '../../../shared/runtime/tls-files.ts';

export type PortOptions = {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** With it the port answers TLS too. */
  tls?: TlsFiles;
  /** Where host and port come from, for the error of a port that cannot be opened. */
  variables: string;
  /** Absent: what a client offers is passed over. */
  alpnProtocols?: readonly string[];
  /** For the first byte, and then for the TLS handshake. Default 30 s. */
  openingTimeoutMs?: number;
  /**
   * Without TLS there is nothing to tell apart: false passes a connection on at once, for whoever has a
   * time-out of its own for silent clients.
   */
  awaitsFirstByte?: boolean;
  /** Called once a client has said something, and has ended its TLS handshake if that was one. */
  onConnection: (socket: Socket, arrival: { isTls: boolean }) => void;
  /** Told of each TLS handshake that failed or took too long, until stop() is called. */
  onFailedHandshake?: (failed: FailedHandshake) => void;
};

/**
 * `reason` is OpenSSL's, as `sslv3 alert bad certificate`, where it has one. `sourceIp` is that of the
 * arrival: it is known of clients that are gone by now.
 */
export type FailedHandshake = { reason: string; sourceIp: string };

export type OpenPort = {
  port: number;
  /**
   * Takes no more connections and drops those that have said nothing. The others may end by themselves
   * for `graceMs` (default 0), then they are destroyed. Resolves when all are gone.
   */
  stop(graceMs?: number): Promise<void>;
};

/**
 * Opens a TCP port that answers in the clear and, where a certificate is configured, over TLS, as the
 * platform's MQTT port does (protocol.md 3.1). No client can raise an error that ends the process.
 * @throws Error that names `variables` or those of the certificate, where they cannot be used.
 */
export async function openPort(options: PortOptions): Promise<OpenPort> {
  const { host, port, tls, variables, openingTimeoutMs = OPENING_TIMEOUT_MS } = options;
  const { awaitsFirstByte: awaits = true, onFailedHandshake } = options;
  const silent = new Set<Socket>();
  const open = new Set<Socket>();
  // A handshake that stop() cuts off is not the fault of its client.
  const whileOpen = (failed: FailedHandshake) => server.listening && onFailedHandshake?.(failed);
  const pass = await createPass({ ...options, onFailedHandshake: whileOpen }, tls);
  const server = createTcpServer({ noDelay: true }, (socket) => {
    const sourceIp = socket.remoteAddress ?? '';
    open.add(socket);
    if (!awaits && !tls) {
      socket.once('close', () => open.delete(socket));
      return pass(socket, { sourceIp, first: undefined });
    }
    silent.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      silent.delete(socket);
    });
    awaitFirstByte(socket, openingTimeoutMs, (first) => {
      silent.delete(socket);
      pass(socket, { sourceIp, first });
    });
  });
  server.listen(port, host);
  await asked(once(server, 'listening'), variables);
  // A connection that could not be accepted, as for want of a descriptor, is the loss of its client.
  server.on('error', () => undefined);
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs = 0) => stop({ server, silent, open, graceMs }),
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

function awaitFirstByte(
  socket: Socket,
  timeoutMs: number,
  onFirst: (first: number | undefined) => void,
): void {
  const giveUp = () => {
    socket.destroy();
  };
  socket.on('error', giveUp);
  socket.setTimeout(timeoutMs, giveUp);
  socket.once('readable', () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    socket.setTimeout(0, giveUp);
    socket.unshift(chunk);
    onFirst(chunk[0]);
  });
}

type Pass = (socket: Socket, arrival: { sourceIp: string; first: number | undefined }) => void;

async function createPass(options: PortOptions, tls: TlsFiles | undefined): Promise<Pass> {
  const { onConnection } = options;
  if (!tls) return (socket) => onConnection(socket, { isTls: false });
  const tlsServer = await asked(openTls(options, tls), 'MOORING_TLS_CERT and MOORING_TLS_KEY');
  return (socket, { sourceIp, first }) => {
    if (first === TLS_HANDSHAKE) serverOfOne(tlsServer, sourceIp).emit('connection', socket);
    else onConnection(socket, { isTls: false });
  };
}

type ServerOfOne = Server & { sourceIp: string };

/**
 * The socket of a failed handshake has often forgotten its peer, and says nowhere which connection it was
 * made for. But it tells the server that took the connection: one that is `server` but for the address.
 */
function serverOfOne(server: Server, sourceIp: string): ServerOfOne {
  return Object.assign(Object.create(server), { sourceIp });
}

async function openTls(options: PortOptions, { certPath, keyPath }: TlsFiles): Promise<Server> {
  const { alpnProtocols, openingTimeoutMs = OPENING_TIMEOUT_MS } = options;
  const { onConnection, onFailedHandshake } = options;
  const [cert, key] = await Promise.all([readFile(certPath), readFile(keyPath)]);
  const server = createTlsServer({
    cert,
    key,
    ciphers: CIPHERS,
    minVersion: 'TLSv1.2',
    handshakeTimeout: openingTimeoutMs,
    ...(alpnProtocols && { ALPNProtocols: [...alpnProtocols] }),
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    onConnection(socket, { isTls: true });
  });
  server.on('tlsClientError', function (this: ServerOfOne, error, socket) {
    onFailedHandshake?.({ reason: reasonOf(error), sourceIp: this.sourceIp });
    socket.destroy();
  });
  return server;
}

function reasonOf(error: Error): string {
  if ('reason' in error) return String(error.reason);
  return 'code' in error && error.code === 'ECONNRESET' ? CLIENT_CLOSED : error.message;
}

type Running = {
  server: Server;
  silent: ReadonlySet<Socket>;
  open: ReadonlySet<Socket>;
  graceMs: number;
};

async function stop({ server, silent, open, graceMs }: Running): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of silent) socket.destroy();
  const force = setTimeout(() => {
    for (const socket of open) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(force);
}

/** First byte of a TLS record that carries a handshake (RFC 8446, 5.1); neither HTTP nor MQTT begins with it. */
const TLS_HANDSHAKE = 0x16;
const OPENING_TIMEOUT_MS = 30_000;

/** Node's own client sends no alert when it does not trust a certificate. */
const CLIENT_CLOSED = 'the client closed during the handshake: it may not trust the certificate';

/** Bulbs offer RSA key exchange alone (protocol.md 3.1); it needs a certificate with an RSA key. */
const RSA_KEY_EXCHANGE = 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA';
const CIPHERS = `${DEFAULT_CIPHERS}:${RSA_KEY_EXCHANGE}`;
