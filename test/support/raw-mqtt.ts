import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';

/** What one device says, as bytes: a client library would take the core of the load for itself. */
export type RawDevice = { connect: Buffer; publish: Buffer };

type Credentials = { clientId: string; username: string; password: string };

export function connectPacket({ clientId, username, password }: Credentials): Buffer {
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    clientId,
    username,
    password: Buffer.from(password),
  });
}

/** Of QoS 1. */
export function publishPacket(message: {
  topic: string;
  payload: string;
  messageId: number;
}): Buffer {
  return generate({ cmd: 'publish', qos: 1, dup: false, retain: false, ...message });
}

/** Signs in; rejects unless CONNACK accepts. */
export async function signIn(port: number, device: Pick<RawDevice, 'connect'>): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  socket.write(device.connect);
  const [connack] = (await once(socket, 'data')) as [Buffer];
  if (connack[0] !== CONNACK || connack[3] !== 0) throw new Error(`CONNACK ${connack[3]}`);
  return socket;
}

/** Posts per second over so many milliseconds: each device sends its next post when the last is acknowledged. */
export async function postInTurn(
  sockets: readonly Socket[],
  devices: readonly RawDevice[],
  durationMs: number,
): Promise<number> {
  const startedMs = performance.now();
  const endAtMs = startedMs + durationMs;
  const counts = await Promise.all(
    sockets.map((socket, index) => postUntil(socket, devices[index], endAtMs)),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

function postUntil(socket: Socket, device: RawDevice | undefined, endAtMs: number) {
  if (!device) throw new Error('a socket without a device');
  return new Promise<number>((resolve, reject) => {
    let acknowledged = 0;
    let pending = 0;
    const onData = (chunk: Buffer) => {
      pending += chunk.length;
      if (pending < PUBACK_BYTES) return;
      pending -= PUBACK_BYTES;
      acknowledged += 1;
      if (performance.now() < endAtMs) return void socket.write(device.publish);
      socket.off('data', onData);
      socket.off('close', onClose);
      resolve(acknowledged);
    };
    const onClose = () => reject(new Error('the broker closed a connection'));
    socket.on('data', onData);
    socket.once('close', onClose);
    socket.write(device.publish);
  });
}

/** Sign-ins per second, so many at a time, each connection gone again at once. */
export async function connectInTurn(
  port: number,
  devices: readonly RawDevice[],
  { atOnce, durationMs }: { atOnce: number; durationMs: number },
): Promise<number> {
  const startedMs = performance.now();
  let connects = 0;
  let next = 0;
  const run = async () => {
    while (performance.now() < startedMs + durationMs) {
      const device = devices[next % devices.length];
      next += 1;
      if (!device) throw new Error('no device');
      (await signIn(port, device)).destroy();
      connects += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, run));
  return connects / ((performance.now() - startedMs) / 1000);
}

const CONNACK = 0x20;
const PUBACK_BYTES = 4;
