import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SourceStatus } from '../../shared/ports/message-source.ts';

export type HttpEndpoints = { url: string; stop(): Promise<void> };

type EndpointOptions = {
  host: string;
  port: number;
  status(): SourceStatus;
  metrics(): Promise<string>;
};

/** `GET /healthz`, 200 while the source is connected and 503 otherwise, and `GET /metrics`. */
export async function startHttpEndpoints(options: EndpointOptions): Promise<HttpEndpoints> {
  const { host, port, status, metrics } = options;
  const server = createServer((request, response) => {
    switch (request.url) {
      case '/healthz':
        return answer(response, status() === 'connected' ? 200 : 503, `${status()}\n`);
      case '/metrics':
        metrics().then(
          (text) => answer(response, 200, text),
          () => answer(response, 500, 'the metrics cannot be gathered\n'),
        );
        return;
      default:
        return answer(response, 404, 'there are /healthz and /metrics\n');
    }
  });
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new Error(
      `${host}:${port} cannot be listened on: ${cause}; MOORING_FORWARDER_HTTP_PORT chooses another port, 0 a free one`,
      { cause },
    );
  });
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, body: string): void {
  const headers = {
    'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  };
  response.writeHead(status, headers).end(body);
}
