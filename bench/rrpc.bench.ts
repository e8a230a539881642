import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import { openBase } from '../infra/local/base.ts';
import type { Demo } from '../infra/local/demo.ts';
import { rpcSign } from '../shared/core/signing/openapi/rpc-sign.ts';
import { readConfig } from '../shared/runtime/config.ts';
import { type RawIdentity, registerFleet } from '../test/support/raw-fleet.ts';
import { startProcess } from './http/processes.ts';
import { ratiosOf, timed } from './interleave.ts';
import { type Row, rowOf } from './row.ts';

/**
 * RRpc, a signed HTTP call that waits for a device on the embedded broker, against two clients of aedes
 * alone of which one asks and the other answers. One after another: it is the round trip that counts.
 */
export async function run(): Promise<Row[]> {
  const dataDir = await mkdtemp(join('.build', 'bench-'));
  const mooring = await startProcess({
    script: 'http/mooring-server',
    core: 0,
    env: {
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
      MOORING_LOG_LEVEL: 'warn',
    },
  });
  const aedes = await startProcess({ script: 'mqtt/aedes-server', core: 0 });
  const demo: Demo = JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8'));
  const fleet = await registerDevices(dataDir, demo);
  const devices = await Promise.all(fleet.map((device) => answeringDevice(demo, device)));
  const pair = await askingPair(aedes.port);
  const agent = new Agent({ keepAlive: true });
  try {
    const names = fleet.map(({ deviceName }) => deviceName);
    const ours = () => timed(() => repeat((count) => rrpc(demo, names[count % DEVICES], agent)));
    const baseline = () => timed(() => repeat(pair.ask));
    await ours();
    await baseline();
    const times = await ratiosOf(ours, baseline, ROUNDS);
    const ratios = times.map((ratio) => 1 / ratio);
    return [rowOf({ name: 'RRpc round trips', baseline: BASELINE, target: undefined, ratios })];
  } finally {
    agent.destroy();
    for (const client of [...devices, ...pair.clients]) await client.endAsync(true);
    for (const started of [mooring, aedes]) await started.stop();
    await rm(dataDir, { recursive: true });
  }
}

const ROUNDS = 7;
const ROUND_TRIPS = 300;
/** So many that none is asked near 30 times a second, which is as often as it may answer. */
const DEVICES = 50;
const BASELINE = 'request and response between two clients of aedes alone';

async function repeat(roundTrip: (count: number) => Promise<void>): Promise<void> {
  for (let count = 0; count < ROUND_TRIPS; count += 1) await roundTrip(count);
}

async function registerDevices(dataDir: string, { productKey }: Demo): Promise<RawIdentity[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir }));
  const fleet = await registerFleet(base, { productKey, size: DEVICES, prefix: 'asked' });
  await base.bus.close();
  await base.store.close();
  return fleet;
}

/** Answers whatever it is asked. */
async function answeringDevice(
  { endpoints }: Demo,
  { productKey, deviceName, credentials }: RawIdentity,
): Promise<MqttClient> {
  const client = await mqtt.connectAsync(endpoints['mqtt'] ?? '', credentials);
  await client.subscribeAsync(`/sys/${productKey}/${deviceName}/rrpc/request/+`, { qos: 1 });
  client.on('message', (topic, payload) => {
    client.publish(topic.replace('/request/', '/response/'), payload);
  });
  return client;
}

async function askingPair(port: number) {
  const [asking, answering] = await Promise.all(
    [1, 2].map(() => mqtt.connectAsync(`mqtt://127.0.0.1:${port}`)),
  );
  if (!asking || !answering) throw new Error('no pair');
  await asking.subscribeAsync('/response');
  await answering.subscribeAsync('/request', { qos: 1 });
  answering.on('message', (_topic, payload) => void answering.publish('/response', payload));
  const ask = () => askOnce(asking);
  return { ask, clients: [asking, answering] };
}

function askOnce(asking: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    asking.once('message', () => resolve());
    asking.publish('/request', REQUEST, { qos: 1 });
  });
}

const REQUEST = Buffer.from('{"power":200,"port":3}');

async function rrpc(demo: Demo, deviceName: string | undefined, agent: Agent): Promise<void> {
  const query = signedQuery(demo, deviceName ?? '');
  const body = await fetchText(`${demo.endpoints['http']}/?${query}`, agent);
  if (!body.includes('"RrpcCode":"SUCCESS"')) throw new Error(body);
}

function signedQuery(
  { productKey, accessKeyId, accessKeySecret }: Demo,
  deviceName: string,
): string {
  const params = {
    Action: 'RRpc',
    Version: '2018-01-20',
    Format: 'JSON',
    AccessKeyId: accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ProductKey: productKey,
    DeviceName: deviceName,
    RequestBase64Byte: REQUEST.toString('base64'),
    Timeout: '5000',
  };
  const Signature = rpcSign({ method: 'GET', params }, accessKeySecret);
  return new URLSearchParams({ ...params, Signature }).toString();
}

function fetchText(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}
