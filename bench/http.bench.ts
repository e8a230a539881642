import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fleet, prepareFleet, request } from './http/fleet.ts';
import { applyLoad } from './http/load.ts';
import { type Started, startProcess } from './http/processes.ts';
import { median, type Row, rowOf } from './row.ts';

/**
 * /auth and /topic against a bare node:http server that answers 200 bytes: 64 connections, the
 * server on one core, the load on the other. The rounds of all of them take turns.
 */
export async function run(): Promise<Row[]> {
  const folders = await Promise.all([0, 1].map(() => mkdtemp(join('.build', 'bench-'))));
  const [apart = '', together = ''] = folders;
  const fleets = {
    apart: await prepareFleet(apart, DEVICES),
    together: await prepareFleet(together, DEVICES),
  };
  const processes = {
    echo: await startProcess({ script: 'http/echo-server', core: 0 }),
    recorder: await startProcess({ script: 'http/recorder', core: 1, env: environment(apart) }),
    apart: await startProcess({
      script: 'http/mooring-server',
      args: ['elsewhere'],
      core: 0,
      env: environment(apart),
    }),
    together: await startProcess({
      script: 'http/mooring-server',
      args: ['here'],
      core: 0,
      env: environment(together),
    }),
  };
  try {
    return rowsOf(await measureRounds(processes, fleets));
  } finally {
    for (const started of Object.values(processes)) await started.stop();
    for (const folder of folders) await rm(folder, { recursive: true });
  }
}

const DEVICES = 2000;
const ROUNDS = 7;
const CONNECTIONS = 64;
const ROUND_MS = 3000;
const BASELINE = 'bare node:http, 200-byte answers';
const BODY = JSON.stringify({
  id: '1',
  version: '1.0',
  params: { temperature: 21 },
  method: 'thing.event.property.post',
});
const ECHO = [request('/', ['Content-Type: application/octet-stream'], BODY)];

type Processes = Record<'echo' | 'recorder' | 'apart' | 'together', Started>;
type Rounds = Record<'echo' | 'auth' | 'topic' | 'topicTogether', number[]>;

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

async function measureRounds(
  processes: Processes,
  fleets: Record<'apart' | 'together', Fleet>,
): Promise<Rounds> {
  const rounds: Rounds = { echo: [], auth: [], topic: [], topicTogether: [] };
  const cases = [
    { name: 'echo', server: processes.echo, requests: ECHO, expected: 'xxx' },
    { name: 'auth', server: processes.apart, requests: fleets.apart.auth, expected: SUCCESS },
    { name: 'topic', server: processes.apart, requests: fleets.apart.topic, expected: SUCCESS },
    {
      name: 'topicTogether',
      server: processes.together,
      requests: fleets.together.topic,
      expected: SUCCESS,
    },
  ] as const;
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, server, requests, expected } of cases) {
      const cpuBefore = server.cpuSeconds();
      const load = { port: server.port, requests, connections: CONNECTIONS, durationMs: ROUND_MS };
      const { perSecond, failures } = await applyLoad(load, expected);
      const busy = Math.round(((server.cpuSeconds() - cpuBefore) / (ROUND_MS / 1000)) * 100);
      if (failures > 0) throw new Error(`${name}: ${failures} answers were not a success`);
      process.stderr.write(
        `round ${round}/${ROUNDS} ${name}: ${Math.round(perSecond)}/s, server core ${busy} % busy\n`,
      );
      // Round 0 warms caches and compilers up.
      if (round > 0) rounds[name].push(perSecond);
    }
  }
  return rounds;
}

const SUCCESS = '{"code":0';

function rowsOf({ echo, auth, topic, topicTogether }: Rounds): Row[] {
  const ratios = (rates: readonly number[]) =>
    rates.map((rate, round) => rate / (echo[round] ?? median(echo)));
  return [
    rowOf({
      name: 'POST /auth',
      baseline: BASELINE,
      target: { atLeast: 0.45 },
      ratios: ratios(auth),
    }),
    rowOf({
      name: 'POST /topic, recorder in another process',
      baseline: BASELINE,
      target: { atLeast: 0.3 },
      ratios: ratios(topic),
    }),
    rowOf({
      name: 'POST /topic, all in one process',
      baseline: BASELINE,
      target: undefined,
      ratios: ratios(topicTogether),
    }),
  ];
}
