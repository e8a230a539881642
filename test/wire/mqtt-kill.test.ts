import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { longRun } from '../support/long.ts';
import { type RawIdentity, registerFleet } from '../support/raw-fleet.ts';
import { connectPacket, publishPacket, signIn } from '../support/raw-mqtt.ts';
import { expectRecordedOnce, numberedParams } from '../support/recorded-times.ts';
import { readDemo, type StackProcess, startStackProcess } from '../support/stack-process.ts';
import { tempFolder } from '../support/temp-folder.ts';

const DEVICES = longRun ? 2000 : 200;
const KILLS = longRun ? 4 : 1;
const LOAD_MS = longRun ? 5000 : 1000;
/** Well below 30 a second. */
const PAUSE_MS = 100;
const CONNECTS_AT_ONCE = 50;

test(
  `${DEVICES} devices post at QoS 1 while the broker is killed, and nothing that was acknowledged is missing or there twice`,
  async () => {
    const dataDir = tempFolder();
    const env = { MOORING_CONNECTS_PER_MINUTE: '1000' };
    let stack = await startStackProcess(dataDir, env);
    const fleet = await prepareFleet(dataDir);
    const acknowledged = new Map<number, string>();
    let sent = 0;
    const nextNumber = () => {
      sent += 1;
      return sent;
    };
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const sockets = await connectAll(stack, fleet);
      const load = fleet.map((device, index) =>
        postUntilClosed(socketOf(sockets, index), device, { nextNumber, acknowledged }),
      );
      await sleep(LOAD_MS / 2 + Math.random() * LOAD_MS);
      await stack.kill();
      await Promise.all(load);
      console.log(`kill ${kill}/${KILLS}: ${acknowledged.size} acknowledged of ${sent} sent`);
      stack = await startStackProcess(dataDir, env);
    }
    expect(acknowledged.size).toBeGreaterThan(DEVICES * KILLS);
    await expectRecordedOnce(stack.endpoints['http'] ?? '', await readDemo(dataDir), acknowledged);
    expect(await stack.terminate()).toBe(0);
  },
  longRun ? 600_000 : 90_000,
);

/** Through a second handle on the folder, as another process would. */
async function prepareFleet(dataDir: string): Promise<RawIdentity[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error' }));
  const { productKey } = await readDemo(dataDir);
  const fleet = await registerFleet(base, { productKey, size: DEVICES, prefix: 'killed' });
  await base.bus.close();
  await base.store.close();
  return fleet;
}

async function connectAll(stack: StackProcess, fleet: readonly RawIdentity[]): Promise<Socket[]> {
  const port = Number(new URL(stack.endpoints['mqtt'] ?? '').port);
  const sockets: Socket[] = [];
  for (let from = 0; from < fleet.length; from += CONNECTS_AT_ONCE) {
    const group = fleet.slice(from, from + CONNECTS_AT_ONCE);
    const connects = group.map(({ credentials }) =>
      signIn(port, { connect: connectPacket(credentials) }),
    );
    sockets.push(...(await Promise.all(connects)));
  }
  return sockets;
}

type Tally = { nextNumber: () => number; acknowledged: Map<number, string> };

/** A post, its PUBACK, a pause, the next post; until the broker is gone. */
async function postUntilClosed(
  socket: Socket,
  { productKey, deviceName }: RawIdentity,
  { nextNumber, acknowledged }: Tally,
): Promise<void> {
  socket.on('error', () => undefined);
  const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  const closed = new Promise<undefined>((resolve) =>
    socket.once('close', () => resolve(undefined)),
  );
  while (!socket.destroyed) {
    const number = nextNumber();
    const payload = JSON.stringify({
      id: String(number),
      version: '1.0',
      params: numberedParams(number),
    });
    socket.write(publishPacket({ topic, payload, messageId: (number % 65_535) + 1 }));
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    const answer = await Promise.race([answered, closed]);
    if (!answer) return;
    expect([...answer.subarray(0, 2)]).toEqual([0x40, 2]);
    acknowledged.set(number, deviceName);
    await Promise.race([sleep(PAUSE_MS), closed]);
  }
}

function socketOf(sockets: readonly Socket[], index: number): Socket {
  const socket = sockets[index];
  if (!socket) throw new Error('a device without a socket');
  return socket;
}
