import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The baseline: node:http alone, which reads a body and answers 200 bytes. */
const REPLY = 'x'.repeat(200);

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, ['Content-Type', 'text/plain', 'Content-Length', String(REPLY.length)]);
    response.end(REPLY);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
