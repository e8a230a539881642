import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate, type IPublishPacket, parser } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitMs } from '../../shared/runtime/wait.ts';
import { type DeviceStack, type Identity, startDeviceStack } from '../support/device-stack.ts';
import { customTopic } from '../support/device-topics.ts';
import { connectSigned, credentials } from '../support/signed-client.ts';

let stack: DeviceStack;

beforeAll(async () => {
  stack = await startDeviceStack();
});

afterAll(() => stack.stop());

/** More of the largest than the buffers of both sockets hold, and at most 50 a second (protocol.md 3.9). */
const KEPT = 45;
const LARGEST_BYTES = 256 * 1024;
/** From here on, one is sent for each that is read. */
const LATE_AFTER = 20;

function send(identity: Identity, number: number) {
  const content = Buffer.alloc(number < KEPT ? LARGEST_BYTES : 4);
  content.writeUInt32BE(number);
  return stack.call('Pub', {
    ProductKey: identity.productKey,
    TopicFullName: customTopic(identity, 'get'),
    MessageContent: content.toString('base64'),
    Qos: 1,
  });
}

/** Subscribes a device, and has KEPT messages wait for it. */
async function keepFor(identity: Identity): Promise<void> {
  const client = await connectSigned(stack, identity, { clean: false });
  await client.subscribeAsync(customTopic(identity, 'get'), { qos: 1 });
  await client.endAsync();
  for (let number = 0; number < KEPT; number += 1) await send(identity, number);
}

/** A client that wants notices, and does not read until it is asked for a packet. */
function connectForKept(identity: Identity): Socket {
  const { password, ...names } = credentialsWithNotices(identity);
  const socket = connect(Number(new URL(stack.endpoints['mqtt'] ?? '').port), '127.0.0.1');
  const session = { protocolId: 'MQTT', protocolVersion: 4, clean: false, keepalive: 60 } as const;
  socket.write(generate({ cmd: 'connect', ...session, ...names, password: Buffer.from(password) }));
  return socket;
}

function credentialsWithNotices(identity: Identity) {
  const { clientId, ...others } = credentials(identity);
  return { clientId: clientId.replace(/\|$/, ',ext=3|'), ...others };
}

async function* numbersFrom(socket: Socket) {
  const packets: IPublishPacket[] = [];
  const parsing = parser();
  parsing.on('packet', (packet) => {
    if (packet.cmd === 'publish') packets.push(packet);
  });
  for (;;) {
    for (let packet = packets.shift(); packet; packet = packets.shift()) {
      yield Buffer.from(packet.payload).readUInt32BE();
    }
    socket.resume();
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    parsing.parse(chunk);
  }
}

test('a device that reads slowly gets what was kept, and what is sent meanwhile, in the order of sending', async () => {
  const identity = await stack.newDevice('slow-reader');
  await keepFor(identity);
  await waitMs(1000);
  const socket = connectForKept(identity);
  let sent = KEPT;
  const arrived: number[] = [];
  for await (const number of numbersFrom(socket)) {
    arrived.push(number);
    if (arrived.length > LATE_AFTER && sent < 2 * KEPT - LATE_AFTER) await send(identity, sent++);
    if (arrived.length === 2 * KEPT - LATE_AFTER) break;
  }
  socket.destroy();
  expect(arrived).toEqual(arrived.toSorted((one, other) => one - other));
}, 30_000);

test('a device that reads nothing gives way at once to another connection of it', async () => {
  const identity = await stack.newDevice('reads-nothing');
  await keepFor(identity);
  const stuck = connectForKept(identity);
  await once(stuck, 'readable');
  await waitMs(1000);
  const client = await connectSigned(stack, identity, credentialsWithNotices(identity));
  expect(client.connected).toBe(true);
  stuck.destroy();
}, 30_000);
