import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connectInTurn, postInTurn, type RawDevice, signIn } from '../test/support/raw-mqtt.ts';
import { type Started, startProcess } from './http/processes.ts';
import { prepareDevices } from './mqtt/devices.ts';
import { type Row, rowOf } from './row.ts';

/**
 * The embedded broker against aedes alone: QoS 1 posts through sign-in, topic rules, thing model and
 * durable bus, and sign-ins. The server is on one core, the load on the other; rounds take turns. What
 * consumes the bus would need a core of its own and does not run.
 */
export async function run(): Promise<Row[]> {
  const dataDir = await mkdtemp(join('.build', 'bench-'));
  const devices = await prepareDevices(dataDir, DEVICES);
  try {
    return [
      ...(await withServers(dataDir, (sides) => measurePosts(sides, devices))),
      ...(await withServers(dataDir, (sides) => measureConnects(sides, devices))),
    ];
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

/** New ones for each: what they did before decides how much garbage aedes has to collect. */
async function withServers(
  dataDir: string,
  measure: (sides: Sides) => Promise<Row[]>,
): Promise<Row[]> {
  const mooring = await startProcess({
    script: 'http/mooring-server',
    args: ['elsewhere', 'mqtt'],
    core: 0,
    env: environment(dataDir),
  });
  const aedes = await startProcess({ script: 'mqtt/aedes-server', core: 0 });
  try {
    return await measure({ mooring, aedes });
  } finally {
    for (const started of [mooring, aedes]) await started.stop();
  }
}

/** So many that none comes near 30 posts a second: one that is over gets no PUBACK, and would wait. */
const DEVICES = 2000;
/** Of caches and compilers; they count as rounds 0 and below. */
const WARM_UP_ROUNDS = 2;
const ROUNDS = 7;
const ROUND_MS = 3000;
const CONNECTS_AT_ONCE = 32;

type Sides = { mooring: Started; aedes: Started };

function environment(dataDir: string): Record<string, string> {
  return {
    MOORING_DATA_DIR: dataDir,
    MOORING_HTTP_PORT: '0',
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_CONNECTS_PER_MINUTE: '100000',
    MOORING_LOG_LEVEL: 'warn',
  };
}

async function measurePosts(sides: Sides, devices: readonly RawDevice[]): Promise<Row[]> {
  const ours = await signInAll(sides.mooring.port, devices);
  const baseline = await signInAll(sides.aedes.port, devices);
  const ratios = await takeTurns('QoS 1 posts', {
    ours: () => postInTurn(ours, devices, ROUND_MS),
    baseline: () => postInTurn(baseline, devices, ROUND_MS),
  });
  for (const socket of [...ours, ...baseline]) socket.destroy();
  const name = 'QoS 1 posts over MQTT, up to the durable bus';
  return [rowOf({ name, baseline: 'aedes alone', target: { atLeast: 0.6 }, ratios })];
}

async function measureConnects(sides: Sides, devices: readonly RawDevice[]): Promise<Row[]> {
  const load = { atOnce: CONNECTS_AT_ONCE, durationMs: ROUND_MS };
  const ratios = await takeTurns('sign-ins', {
    ours: () => connectInTurn(sides.mooring.port, devices, load),
    baseline: () => connectInTurn(sides.aedes.port, devices, load),
  });
  const name = 'Sign-ins over MQTT';
  return [rowOf({ name, baseline: 'aedes alone', target: { atLeast: 0.7 }, ratios })];
}

async function takeTurns(
  name: string,
  sides: { ours: () => Promise<number>; baseline: () => Promise<number> },
): Promise<number[]> {
  const ratios: number[] = [];
  for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1) {
    const ours = await sides.ours();
    const baseline = await sides.baseline();
    process.stderr.write(
      `round ${round}/${ROUNDS} ${name}: ${Math.round(ours)}/s, aedes ${Math.round(baseline)}/s\n`,
    );
    if (round > 0) ratios.push(ours / baseline);
  }
  return ratios;
}

async function signInAll(port: number, devices: readonly RawDevice[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (const device of devices) sockets.push(await signIn(port, device));
  return sockets;
}
