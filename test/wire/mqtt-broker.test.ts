import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import { expect, onTestFinished, test } from 'vitest';
import type { LocalBroker } from '../../infra/local/mqtt/broker.ts';
import { openSessions } from '../../shared/adapters/lmdb/lmdb-sessions.ts';
import { waitMs } from '../../shared/runtime/wait.ts';
import { startMemoryBroker } from '../support/memory-broker.ts';
import { signedConnect } from '../support/mqtt-sign-in.ts';
import { connectPacket } from '../support/raw-mqtt.ts';

function open({ port }: LocalBroker, packet: Uint8Array): Socket {
  const socket = connect(port, '127.0.0.1', () => socket.write(packet));
  socket.on('error', () => undefined);
  socket.resume();
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('strangers cannot flood the log, however they are refused', async () => {
  const { broker, device, parts } = await startMemoryBroker();
  const login = signedConnect(device, { clientId: 'x'.repeat(10_000) });
  const wrong = connectPacket({ ...login, password: '0'.repeat(64) });
  const other = Buffer.from('GET / HTTP/1.1\r\n\r\n');
  for (let turn = 0; turn < 60; turn += 1) {
    const packet = [wrong, other, Buffer.from([0x10, 2, 0, 0])][turn % 3];
    await once(open(broker, packet ?? wrong), 'close');
  }
  expect(parts.log.lines.length).toBeGreaterThan(0);
  expect(parts.log.lines.length).toBeLessThan(20);
  expect(JSON.stringify(parts.log.lines)).not.toContain('x'.repeat(1000));
});

test('after two sign-ins of one device at once, the session knows of the connection that stayed', async () => {
  const { broker, device, sessionsPath: path } = await startMemoryBroker();
  const packet = connectPacket(
    signedConnect(device, { parameters: 'securemode=3,signmethod=hmacsha1,ext=3' }),
  );
  await once(open(broker, packet), 'data');
  const racing = [open(broker, packet), open(broker, packet)];
  await Promise.race(racing.map((socket) => once(socket, 'close')));
  expect(broker.connections()).toBe(1);
  const sessions = await openSessions({ path, sync: 'flush', onFault: () => undefined });
  onTestFinished(() => sessions.close());
  // What was noted is on disk by then.
  await waitMs(250);
  await expect.poll(() => [...sessions.connected()].length).toBe(1);
});

test('a device cannot flood the log with what it may not subscribe to', async () => {
  const { broker, device, parts } = await startMemoryBroker();
  const socket = open(broker, connectPacket(signedConnect(device)));
  await once(socket, 'data');
  const topics = Array.from(
    { length: 1000 },
    (_, index) => ({ topic: `/${index}`, qos: 1 }) as const,
  );
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions: topics }));
  const [suback] = (await once(socket, 'data')) as [Buffer];
  expect(suback[0]).toBe(0x90);
  expect(parts.log.lines.length).toBeGreaterThan(0);
  expect(parts.log.lines.length).toBeLessThan(10);
});

test('the log names the device that is cut off for what it sent', async () => {
  const { broker, device, parts } = await startMemoryBroker();
  const socket = open(broker, connectPacket(signedConnect(device)));
  await once(socket, 'data');
  const tooLong = [0x32, 0xff, 0xff, 0xff, 0x01];
  socket.write(Buffer.from(tooLong));
  await once(socket, 'close');
  expect(parts.log.lines).toContainEqual({
    level: 'warn',
    message: 'MQTT connection ended',
    fields: {
      device: `${device.productKey}/${device.deviceName}`,
      reason: 'a packet is too large or malformed',
    },
  });
});
