import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';
import type { Credentials } from './mqtt-sign-in.ts';
import { connectPacket } from './raw-mqtt.ts';

/** A device that says nothing unless it is told to. */
type RawConnection = {
  socket: Socket;
  /** The next so many bytes that came. */
  read(length: number): Promise<Buffer>;
};

/** @throws Error unless CONNACK accepts. */
export async function connectRaw(
  { mqttAddress }: { mqttAddress: string },
  login: Credentials,
): Promise<RawConnection> {
  const [host = '', port] = mqttAddress.split(':');
  const socket = connect({ host, port: Number(port), noDelay: true });
  socket.on('error', () => undefined);
  let unread = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
  });
  socket.write(connectPacket(login));
  const read = async (length: number): Promise<Buffer> => {
    while (unread.length < length) await once(socket, 'data');
    const bytes = unread.subarray(0, length);
    unread = unread.subarray(length);
    return bytes;
  };
  const connack = await read(CONNACK.length);
  if (!connack.equals(CONNACK)) throw new Error(`CONNACK ${connack[3]}`);
  return { socket, read };
}

export const subscribePacket = (topic: string): Buffer =>
  generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 1 }] });

export const PINGREQ = Buffer.from([0xc0, 0]);
export const PINGRESP = Buffer.from([0xd0, 0]);
const CONNACK = Buffer.from([0x20, 2, 0, 0]);
