import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBase } from '../infra/local/base.ts';
import { createProduct } from '../shared/core/products/products.ts';
import { readConfig } from '../shared/runtime/config.ts';
import {
  badLogins,
  flood,
  garbage,
  type Hostile,
  halfOpen,
} from '../test/support/hostile-clients.ts';
import { type RawIdentity, registerFleet } from '../test/support/raw-fleet.ts';
import { connectPacket, publishPacket, signIn } from '../test/support/raw-mqtt.ts';
import { accepted, NEW_PRODUCT } from '../test/support/test-device.ts';
import { startProcess } from './http/processes.ts';
import { type Row, rowOf } from './row.ts';

/**
 * How much later well-behaved devices get their PUBACK beside hostile clients: the 99th percentile of a
 * round with them, less that of the round without them before it. The server is on one core, everybody
 * else on the other.
 */
export async function run(): Promise<Row[]> {
  const dataDir = await mkdtemp(join('.build', 'bench-'));
  const [flooding, guessed, ...fleet] = await prepareFleet(dataDir);
  if (!flooding || !guessed) throw new Error('no fleet');
  const mooring = await startProcess({
    script: 'http/mooring-server',
    args: ['here', 'mqtt'],
    core: 0,
    env: {
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
      MOORING_CONNECTS_PER_MINUTE: '100000',
      MOORING_LOG_LEVEL: 'warn',
    },
  });
  const { port } = mooring;
  try {
    const devices = await Promise.all(fleet.map((identity) => connect(port, identity)));
    const kinds: readonly Kind[] = [
      { name: '500 half-open connections', start: async () => halfOpen(port, 500) },
      { name: '4 clients that send garbage', start: async () => garbage(port, 4) },
      { name: '8 clients with wrong passwords', start: async () => badLogins(port, guessed, 8) },
      { name: 'a device that floods', start: () => flood(port, flooding) },
    ];
    await percentileOf(devices);
    const rows: Row[] = [];
    for (const kind of kinds) rows.push(await measure(kind, devices));
    for (const { socket } of devices) socket.destroy();
    return rows;
  } finally {
    await mooring.stop();
    await rm(dataDir, { recursive: true });
  }
}

type Kind = { name: string; start: () => Promise<Hostile> };
type Device = { socket: Socket; identity: RawIdentity };

const WELL_BEHAVED = 20;
const ROUNDS = 5;
const POSTS = 40;
const PAUSE_MS = 50;
const SHARE = 0.99;

async function measure({ name, start }: Kind, devices: readonly Device[]): Promise<Row> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await percentileOf(devices);
    const hostile = await start();
    const beside = await percentileOf(devices);
    await hostile.stop();
    process.stderr.write(
      `${name}: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside (${hostile.done})\n`,
    );
    ratios.push(beside - alone);
  }
  const baseline = 'the same devices alone';
  return rowOf({
    name: `PUBACK beside ${name}, 99th percentile`,
    baseline,
    unit: 'ms over baseline',
    target: { atMost: MOST_MS },
    ratios,
  });
}

/** What docs/operations.md states. */
const MOST_MS = 100;

/** The percentile of all posts of a round, in milliseconds. */
async function percentileOf(devices: readonly Device[]): Promise<number> {
  const times = (await Promise.all(devices.map(postInTurn))).flat().sort((a, b) => a - b);
  return times[Math.floor(times.length * SHARE)] ?? Number.NaN;
}

async function postInTurn({ socket, identity }: Device): Promise<number[]> {
  const { productKey, deviceName } = identity;
  const topic = `/sys/${productKey}/${deviceName}/thing/event/property/post`;
  const times: number[] = [];
  await sleep(Math.random() * PAUSE_MS);
  for (let number = 1; number <= POSTS; number += 1) {
    const payload = JSON.stringify({ id: String(number), params: { temperature: 1 } });
    const answered = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    const startMs = performance.now();
    socket.write(publishPacket({ topic, payload, messageId: number }));
    await answered;
    times.push(performance.now() - startMs);
    await sleep(PAUSE_MS);
  }
  return times;
}

async function connect(port: number, identity: RawIdentity): Promise<Device> {
  const socket = await signIn(port, { connect: connectPacket(identity.credentials) });
  return { socket, identity };
}

async function prepareFleet(dataDir: string): Promise<RawIdentity[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir }));
  const { productKey } = accepted(await createProduct(NEW_PRODUCT, base)).product;
  const size = WELL_BEHAVED + 2;
  const fleet = await registerFleet(base, { productKey, size, prefix: 'device' });
  await base.bus.close();
  await base.store.close();
  return fleet;
}
