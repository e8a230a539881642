import { createServer } from 'node:http';
import type { Handler } from '../../shared/model/http.ts';
import type { Log } from '../../shared/ports/log.ts';
import { createNodeListener } from '../../shared/runtime/node-http.ts';
import type { TlsFiles } from '../../shared/runtime/tls-files.ts';
import { createHandshakeLog } from './net/handshake-log.ts';
import { openPort } from './net/tls-or-plain.ts';

export type LocalHttp = { port: number; stop(): Promise<void> };

export type HttpOptions = {
  handler: Handler;
  log: Log;
  host: string;
  port: number;
  tls?: TlsFiles;
  nowMs: () => number;
};

/** Serves HTTP and, where a certificate is configured, HTTPS on the same port. */
export async function startHttp({
  handler,
  log,
  nowMs,
  ...place
}: HttpOptions): Promise<LocalHttp> {
  const http = createServer(
    { maxHeaderSize: LONGEST_HEAD_BYTES },
    createNodeListener(handler, { log }),
  );
  // Node sets up its time-outs for slow clients, and the list of idle connections, at this event:
  // a server that does not listen by itself would have neither.
  http.emit('listening');
  const { port, stop } = await openPort({
    ...place,
    variables: 'MOORING_HOST and MOORING_HTTP_PORT (0 picks a free one)',
    alpnProtocols: ['http/1.1'],
    onFailedHandshake: createHandshakeLog({ log, nowMs }),
    onConnection: (socket) => http.emit('connection', socket),
  });
  return {
    port,
    stop: () => {
      http.close();
      return stop(DRAIN_MS);
    },
  };
}

/** Requests in hand are answered within this time; then their connections go like the idle ones. */
const DRAIN_MS = 5000;

/** The OpenAPI SDK puts every parameter into the URL, a thing model of 256 KB too. */
const LONGEST_HEAD_BYTES = 1024 * 1024;
