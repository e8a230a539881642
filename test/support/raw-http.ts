import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type RawServer = {
  port: number;
  /** Writes the bytes on a connection of their own and gives all that comes back until it closes or `quietMs` pass. */
  exchange(bytes: string | Buffer, quietMs?: number): Promise<string>;
  close(): Promise<void>;
};

/** A node:http server on a free port, spoken to over plain sockets. */
export async function listenRaw(listener: RequestListener): Promise<RawServer> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    exchange: (bytes, quietMs = 300) => exchange(port, bytes, quietMs),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function exchange(port: number, bytes: string | Buffer, quietMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let lastMs = Date.now();
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    lastMs = Date.now();
  });
  // What came before a reset is the answer.
  socket.on('error', () => undefined);
  socket.write(bytes);
  while (!socket.destroyed && !(chunks.length > 0 && Date.now() - lastMs > quietMs)) {
    await sleep(10);
  }
  socket.destroy();
  return Buffer.concat(chunks).toString('latin1');
}
