import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { generate, type Packet, parser } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A broker that lets everybody in, acknowledges no message, and does `atEnd` at DISCONNECT. */
async function startBroker(atEnd: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    const parsing = parser();
    socket.on('data', (chunk) => parsing.parse(chunk));
    socket.on('error', () => undefined);
    parsing.on('packet', (packet) => {
      if (packet.cmd === 'disconnect') atEnd(socket);
      else answer(packet, socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(packet: Packet, socket: Socket): void {
  if (packet.cmd === 'connect') {
    socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
  }
  if (packet.cmd !== 'subscribe') return;
  const granted = packet.subscriptions.map(() => 1);
  socket.write(generate({ cmd: 'suback', messageId: packet.messageId ?? 0, granted }));
}

const connect = (url: string, ...args: string[]) =>
  runCli(
    [
      ...['device', 'connect', '--url', url, '--product-key', 'a1Prod', '--device-name', 'dn'],
      ...['--device-secret', 's', '--for', '0', ...args],
    ],
    { env: { MOORING_DATA_DIR: tempFolder() } },
  );

test('a connection that the broker resets at DISCONNECT is no failure', async () => {
  const url = await startBroker((socket) => socket.resetAndDestroy());
  const { code, err } = await connect(url);
  expect(err).not.toContain('failed');
  expect(code).toBe(0);
});

test('a message that nobody acknowledges does not keep the device from its end, and is told', async () => {
  const url = await startBroker((socket) => socket.destroy());
  const { code, out, err } = await connect(url, '--publish', 'user/update=x');
  expect(out).toContain('sent');
  expect(out).not.toContain('acknowledged');
  expect(err).toContain('failed       /a1Prod/dn/user/update: not acknowledged');
  expect(code).toBe(1);
}, 20_000);

test('a message of QoS 0 is sent, and nothing waited for', async () => {
  const url = await startBroker((socket) => socket.destroy());
  const { code, out, err } = await connect(url, '--qos', '0', '--publish', 'user/update=x');
  expect(err).not.toContain('failed');
  expect(out).toContain('sent');
  expect(code).toBe(0);
});
