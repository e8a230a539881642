import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { RawIdentity } from './raw-fleet.ts';
import { connectPacket, publishPacket, signIn } from './raw-mqtt.ts';

/** Clients that a broker has to live with. Each goes on until it is stopped. */
export type Hostile = {
  /** What it has done so far: connections, sign-ins or packets. */
  readonly done: number;
  stop(): Promise<void>;
};

/** Opens connections and says nothing, or the beginning of a CONNECT and no more. */
export function halfOpen(port: number, count: number): Hostile {
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = open(port);
    if (index % 2 === 1) socket.write(Buffer.from([0x10, 0x40, 0, 4, 0x4d]));
    return socket;
  });
  return { done: count, stop: async () => destroyAll(sockets) };
}

/** Sends what is no MQTT, and what nearly is, over connection after connection. */
export function garbage(port: number, atOnce: number): Hostile {
  return repeat(atOnce, (turn) => {
    const socket = open(port);
    socket.write(turn % 2 === 0 ? randomBytes(GARBAGE_BYTES) : HUGE_PACKET);
    return closed(socket);
  });
}

/** Signs in with wrong passwords, as fast as it is answered. */
export function badLogins(port: number, identity: RawIdentity, atOnce: number): Hostile {
  const packet = connectPacket({ ...identity.credentials, password: '0'.repeat(64) });
  return repeat(atOnce, () => {
    const socket = open(port);
    socket.write(packet);
    return closed(socket);
  });
}

/** A device of ours that publishes without a pause, far over its rate, and reads nothing. */
export async function flood(port: number, identity: RawIdentity): Promise<Hostile> {
  const socket = await signIn(port, { connect: connectPacket(identity.credentials) });
  socket.on('error', () => undefined);
  socket.pause();
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const { productKey, deviceName } = identity;
  const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  const payload = JSON.stringify({ id: '1', version: '1.0', params: { temperature: 1 } });
  const packets = Buffer.concat(
    Array.from({ length: FLOODED_AT_ONCE }, (_, index) =>
      publishPacket({ topic, payload, messageId: index + 1 }),
    ),
  );
  return repeat(
    1,
    () => {
      if (socket.destroyed) return new Promise((resolve) => setTimeout(resolve, 1));
      const written = new Promise<void>((resolve) => socket.write(packets, () => resolve()));
      return Promise.race([written, gone]);
    },
    () => socket.destroy(),
  );
}

function repeat(
  atOnce: number,
  act: (turn: number) => Promise<void>,
  end: () => void = () => undefined,
): Hostile {
  let stopped = false;
  let done = 0;
  const run = async () => {
    while (!stopped) {
      await act(done);
      done += 1;
    }
  };
  const running = Promise.all(Array.from({ length: atOnce }, run));
  return {
    get done() {
      return done;
    },
    stop: async () => {
      stopped = true;
      end();
      await running;
    },
  };
}

function open(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  return socket;
}

/** A broker that does not close a hostile connection would stop its client, and the test. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.resume();
    socket.once('close', () => resolve());
  });
}

function destroyAll(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

const GARBAGE_BYTES = 512;
const FLOODED_AT_ONCE = 200;

/** The head of a CONNECT of 256 MB. */
const HUGE_PACKET = Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4, 0x4d, 0x51, 0x54, 0x54]);
