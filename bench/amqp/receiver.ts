import type { AddressInfo } from 'node:net';
import rhea from 'rhea';

/** The baseline's other end: rhea alone, which accepts whatever comes. */
const container = rhea.create_container();
container.on('error', () => undefined);
container.on('disconnected', () => undefined);
const server = container.listen({ port: 0, host: '127.0.0.1' });
server.on('listening', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
