import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';

/** The baseline: aedes with what it comes with, which lets everybody in and routes in memory. */
const broker = await Aedes.createBroker({ maxClientsIdLength: 1024 });
const server = createServer({ noDelay: true }, (socket) => {
  broker.handle(socket);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
process.once('SIGTERM', () => process.exit(0));
