import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openBase } from '../infra/local/base.ts';
import { type AccessKey, createAccessKey } from '../shared/core/access-keys/access-keys.ts';
import { ALL_FLAGS } from '../shared/core/subscriptions/subscription-flag.ts';
import { createSubscription } from '../shared/core/subscriptions/subscriptions.ts';
import { readConfig } from '../shared/runtime/config.ts';
import { accepted } from '../test/support/test-device.ts';
import { sendBare } from './amqp/bare-sender.ts';
import { type CountingConsumer, startCounting } from './amqp/consumer.ts';
import { type Fleet, prepareFleet } from './http/fleet.ts';
import { applyLoad } from './http/load.ts';
import { type Started, startProcess } from './http/processes.ts';
import { type Row, rowOf } from './row.ts';

/**
 * From HTTP post to AMQP consumer, a second, against rhea alone from sender to receiver. Devices post over 64
 * connections, each its next message when the last is answered: so do the bare senders, and beside that one
 * bare sender that has 64 messages out. The serving side has one core, and the driving side, with the
 * consumer, the other.
 */
export async function run(): Promise<Row[]> {
  const dataDir = await mkdtemp(join('.build', 'bench-'));
  const fleet = await prepareFleet(dataDir, DEVICES);
  const key = await subscribe(dataDir, fleet.productKey);
  const env = environment(dataDir);
  const receiver = await startProcess({ script: 'amqp/receiver', core: 0 });
  const server = await startProcess({ script: 'amqp/server', core: 0, env });
  try {
    const consumer = await startCounting({ port: server.otherPorts[0] ?? 0, ...key });
    const rounds = await measureRounds({ receiver, server, consumer, fleet });
    await consumer.close();
    const [apart, together] = rounds;
    return [
      rowOf({
        name: 'HTTP post to AMQP consumer',
        baseline: 'bare rhea, 64 senders to a receiver, one message of each in flight',
        target: { atLeast: 0.5 },
        ratios: apart,
      }),
      rowOf({
        name: 'HTTP post to AMQP consumer',
        baseline: 'bare rhea, one sender to a receiver, 64 messages in flight',
        target: undefined,
        ratios: together,
      }),
    ];
  } finally {
    await receiver.stop();
    await server.stop();
    await rm(dataDir, { recursive: true });
  }
}

const DEVICES = 2000;
const ROUNDS = 7;
const CONNECTIONS = 64;
const ROUND_MS = 3000;

function environment(dataDir: string): Record<string, string> {
  return {
    MOORING_DATA_DIR: dataDir,
    MOORING_HTTP_PORT: '0',
    MOORING_MQTT_PORT: '0',
    MOORING_MQTT_WS_PORT: '0',
    MOORING_AMQP_PORT: '0',
    MOORING_LOG_LEVEL: 'warn',
  };
}

async function subscribe(dataDir: string, productKey: string): Promise<AccessKey> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_SYNC: 'commit' }));
  accepted(
    await createSubscription(
      { productKey, groupIds: ['DEFAULT_GROUP'], flags: ALL_FLAGS },
      base.store,
    ),
  );
  const key = await createAccessKey(base);
  await base.bus.close();
  await base.store.close();
  return key;
}

type Sides = { receiver: Started; server: Started; consumer: CountingConsumer; fleet: Fleet };

/** The ratios of each round to the two baselines. */
async function measureRounds(sides: Sides): Promise<[apart: number[], together: number[]]> {
  const ratios: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const ours = await measureOurs(sides);
    const load = { port: sides.receiver.port, durationMs: ROUND_MS, body: BODY };
    const apart = await sendBare({ ...load, connections: CONNECTIONS, inFlight: 1 });
    const together = await sendBare({ ...load, connections: 1, inFlight: CONNECTIONS });
    process.stderr.write(
      `round ${round}/${ROUNDS} ours ${Math.round(ours.perSecond)}/s, server core ${ours.busy} % busy; bare ${Math.round(apart)}/s apart, ${Math.round(together)}/s together\n`,
    );
    // Round 0 warms caches and compilers up.
    if (round === 0) continue;
    ratios[0].push(ours.perSecond / apart);
    ratios[1].push(ours.perSecond / together);
  }
  return ratios;
}

/** Ends when the consumer has everything that was answered with success. */
async function measureOurs({ server, consumer, fleet }: Sides) {
  const cpuBefore = server.cpuSeconds();
  const before = consumer.received();
  const startedMs = performance.now();
  const load = {
    port: server.port,
    requests: fleet.topic,
    connections: CONNECTIONS,
    durationMs: ROUND_MS,
  };
  const { answers, failures } = await applyLoad(load, '{"code":0');
  if (failures > 0) throw new Error(`${failures} answers were not a success`);
  while (consumer.received() - before < answers) {
    if (performance.now() - startedMs > ROUND_MS + 10_000) throw new Error('messages are missing');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const busy = Math.round(((server.cpuSeconds() - cpuBefore) / seconds) * 100);
  return { perSecond: answers / seconds, busy };
}

/** As long as the body of a property message. */
const BODY = Buffer.from(
  JSON.stringify({
    deviceType: 'CustomCategory',
    iotId: 'LEmLionBKIVLCeQf3kVeCF6V1Ka3qVy1',
    requestId: '1',
    checkFailedData: {},
    productKey: 'a1TestProd01',
    gmtCreate: 1795311186916,
    deviceName: 'device-1000',
    items: {
      temperature: { value: 20.5, time: 1795311186916 },
      LightSwitch: { value: 1, time: 1795311186916 },
    },
  }),
);
