import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws';
import { type OpenPort, openPort, type PortOptions } from './tls-or-plain.ts';

export type WebSocketPortOptions = Omit<PortOptions, 'onConnection' | 'alpnProtocols'> & {
  /** `stream` has the bytes of the client's messages, and sends what is written in a tick as one. */
  onConnection: (stream: Duplex, arrival: { isTls: boolean; remoteAddress: string }) => void;
};

/**
 * Opens a port for MQTT over WebSocket, on any path, plain and, where a certificate is configured, over
 * TLS. Anything else gets 426. stop() drops every connection at once.
 * @throws Error as openPort does.
 */
export async function openWebSocketPort({
  onConnection,
  ...place
}: WebSocketPortOptions): Promise<OpenPort> {
  const http = createServer({ headersTimeout: HEAD_TIMEOUT_MS }, refuse);
  // Without this event Node never looks for clients that do not end their request.
  http.emit('listening');
  upgradeOn(http, onConnection);
  const { port, stop } = await openPort({
    ...place,
    alpnProtocols: ['http/1.1'],
    onConnection: (socket) => http.emit('connection', socket),
  });
  return {
    port,
    stop: (graceMs) => {
      http.close();
      return stop(graceMs);
    },
  };
}

function upgradeOn(http: Server, onConnection: WebSocketPortOptions['onConnection']): void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE_BYTES,
    handleProtocols: chooseProtocol,
  });
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    webSockets.handleUpgrade(request, socket, head, (client) => {
      onConnection(streamOf(client), {
        isTls: request.socket instanceof TLSSocket,
        remoteAddress: request.socket.remoteAddress ?? '',
      });
    });
  });
}

/** A client that asks for another one, or for none, is taken without. */
function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return PROTOCOLS.find((name) => offered.has(name)) ?? false;
}

function streamOf(client: WebSocket): Duplex {
  const stream = createWebSocketStream(client);
  client.on('error', () => stream.destroy());
  stream.on('error', () => stream.destroy());
  stream.on('end', () => stream.destroy());
  // Pongs go past the back pressure of the stream: nobody may hoard them by never reading.
  client.on('ping', () => {
    if (client.bufferedAmount > MOST_UNSENT_BYTES) client.terminate();
  });
  // A packet is written in pieces. Some clients take each message for a whole packet.
  stream._writev = (pieces, done) => {
    client.send(Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  };
  return stream;
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false;
  response.writeHead(426, {
    Upgrade: 'websocket',
    'Content-Type': 'text/plain',
    'Content-Length': String(Buffer.byteLength(REFUSAL)),
  });
  response.end(REFUSAL);
}

const REFUSAL = 'This port speaks MQTT over WebSocket.\n';

/** MQTT 3.1.1 and 3.1, in the order in which they are chosen. */
const PROTOCOLS = ['mqtt', 'mqttv3.1'];
const HEAD_TIMEOUT_MS = 30_000;

/** A packet with the largest payload (256 KB), and room for its topic or a few small packets before it. */
const LARGEST_MESSAGE_BYTES = (256 + 16) * 1024;
const MOST_UNSENT_BYTES = 1024 * 1024;
