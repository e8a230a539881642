import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { badLogins, flood, garbage, type Hostile, halfOpen } from '../support/hostile-clients.ts';
import { longRun } from '../support/long.ts';
import { type RawIdentity, registerFleet } from '../support/raw-fleet.ts';
import { connectPacket, publishPacket, signIn } from '../support/raw-mqtt.ts';
import { readDemo, startStackProcess } from '../support/stack-process.ts';
import { tempFolder } from '../support/temp-folder.ts';

const BAD_LOGINS = longRun ? 10_000 : 1000;
const POSTS = longRun ? 100 : 20;
const WELL_BEHAVED = 10;
const HALF_OPEN = 500;
const PAUSE_MS = 50;

test(
  'devices are let in and acknowledged beside half-open connections, garbage, a flood and bad logins',
  async () => {
    const dataDir = tempFolder();
    const stack = await startStackProcess(dataDir, { MOORING_LOG_LEVEL: 'silent' });
    const port = Number(new URL(stack.endpoints['mqtt'] ?? '').port);
    const [flooding, guessed, ...fleet] = await prepareFleet(dataDir, WELL_BEHAVED + 2);
    if (!flooding || !guessed) throw new Error('no fleet');
    const hostile: readonly Hostile[] = [
      halfOpen(port, HALF_OPEN),
      garbage(port, 4),
      badLogins(port, guessed, 8),
      await flood(port, flooding),
    ];
    const acknowledged = await Promise.all(
      fleet.map(async (device) => postInTurn(await signInAs(port, device), device)),
    );
    expect(acknowledged).toEqual(fleet.map(() => POSTS));
    await untilDone(hostile[2], BAD_LOGINS);
    await Promise.all(hostile.map(({ stop }) => stop()));
    expect(await stack.terminate()).toBe(0);
  },
  longRun ? 300_000 : 60_000,
);

async function prepareFleet(dataDir: string, size: number): Promise<RawIdentity[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error' }));
  const { productKey } = await readDemo(dataDir);
  const fleet = await registerFleet(base, { productKey, size, prefix: 'device' });
  await base.bus.close();
  await base.store.close();
  return fleet;
}

const signInAs = (port: number, { credentials }: RawIdentity): Promise<Socket> =>
  signIn(port, { connect: connectPacket(credentials) });

/** How many of its posts a device gets PUBACK for: it waits for each. */
async function postInTurn(
  socket: Socket,
  { productKey, deviceName }: RawIdentity,
): Promise<number> {
  const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  let acknowledged = 0;
  for (let number = 1; number <= POSTS; number += 1) {
    const payload = JSON.stringify({ id: String(number), params: { temperature: 1 } });
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.write(publishPacket({ topic, payload, messageId: number }));
    if ((await answered).equals(Buffer.from([0x40, 2, 0, number]))) acknowledged += 1;
    await sleep(PAUSE_MS);
  }
  socket.destroy();
  return acknowledged;
}

async function untilDone(hostile: Hostile | undefined, count: number): Promise<void> {
  while ((hostile?.done ?? count) < count) {
    await sleep(200);
    if (longRun) console.log(`${hostile?.done} of ${count} bad logins`);
  }
}
