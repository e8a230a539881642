import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import RPCClient from '@alicloud/pop-core';
import { expect, test } from 'vitest';
import { openBase } from '../../infra/local/base.ts';
import { registerDevice } from '../../shared/core/devices/register-device.ts';
import { issueToken, TOKEN_LIFE_MS } from '../../shared/core/token/token.ts';
import { readConfig } from '../../shared/runtime/config.ts';
import { post } from '../support/device-socket.ts';
import { sendUntilBroken } from '../support/load-client.ts';
import { longRun } from '../support/long.ts';

const KILLS = longRun ? 10 : 1;
const LOAD_MS = longRun ? 2000 : 1000;
const CONNECTIONS = 16;
const DEVICES = 200;

type Demo = { productKey: string; accessKeyId: string; accessKeySecret: string };
type Sender = { productKey: string; deviceName: string; token: string };

test(
  'every message answered with code 0 is in the history once, though the process is killed under load',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mooring-kill-'));
    const answered = new Map<number, string>();
    let sent = 0;
    try {
      let stack = await startStack(dataDir);
      const senders = await prepareSenders(dataDir);
      const next = () => {
        const number = sent;
        sent += 1;
        return { number, bytes: numberedPost(senders[number % DEVICES], number) };
      };
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const load = Array.from({ length: CONNECTIONS }, () =>
          sendUntilBroken(stack.port, next, (number, body) => {
            if (body.startsWith('{"code":0'))
              answered.set(number, senders[number % DEVICES]?.deviceName ?? '');
          }),
        );
        await sleep(LOAD_MS / 2 + Math.random() * LOAD_MS);
        stack.child.kill('SIGKILL');
        await Promise.all(load);
        console.log(`kill ${kill}/${KILLS}: ${answered.size} answered of ${sent} sent`);
        stack = await startStack(dataDir);
      }
      expect(answered.size).toBeGreaterThan(100 * KILLS);
      await expectHistory(stack.endpoint, await demoOf(dataDir), answered);
      stack.child.kill('SIGTERM');
      const [code] = await once(stack.child, 'exit');
      expect(code).toBe(0);
    } finally {
      await rm(dataDir, { recursive: true });
    }
  },
  longRun ? 600_000 : 90_000,
);

async function startStack(
  dataDir: string,
): Promise<{ child: ChildProcess; port: number; endpoint: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'infra/local/main.ts'], {
    env: {
      ...process.env,
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const endpoint = /^mooring ready .*\bhttp=(\S+)/.exec(line)?.[1];
    if (!endpoint) continue;
    child.stdout.resume();
    return { child, port: Number(new URL(endpoint).port), endpoint };
  }
  throw new Error('the stack ended before it was ready');
}

/** Through a second handle on the folder, as another process would. */
async function prepareSenders(dataDir: string): Promise<Sender[]> {
  const base = openBase(readConfig({ MOORING_DATA_DIR: dataDir, MOORING_LOG_LEVEL: 'error' }));
  const { productKey } = await demoOf(dataDir);
  const senders = await Promise.all(
    Array.from({ length: DEVICES }, async (_, index) => {
      const registered = await registerDevice({ productKey, deviceName: `killed-${index}` }, base);
      if (!registered.ok) throw new Error(JSON.stringify(registered.failure));
      const { deviceName, generation } = registered.value.device;
      const expiresAtMs = Date.now() + TOKEN_LIFE_MS;
      return {
        productKey,
        deviceName,
        token: issueToken({ productKey, deviceName, generation, expiresAtMs }, base.tokenKeys),
      };
    }),
  );
  await base.bus.close();
  await base.store.close();
  return senders;
}

async function demoOf(dataDir: string): Promise<Demo> {
  return JSON.parse(await readFile(join(dataDir, 'demo.json'), 'utf8'));
}

/** The number is the time too, so that it is unique and pages by it. */
function numberedPost(sender: Sender | undefined, number: number): Buffer {
  if (!sender) throw new Error('no sender');
  const { productKey, deviceName, token } = sender;
  const params = { temperature: { value: temperatureOf(number), time: number + 1 } };
  const body = JSON.stringify({
    id: String(number),
    version: '1.0',
    params,
    method: 'thing.event.property.post',
  });
  const headers = [`password: ${token}`, 'Content-Type: application/octet-stream'];
  return post(`/topic/sys/${productKey}/${deviceName}/thing/event/property/post`, headers, body);
}

const temperatureOf = (number: number) => (number % 160) - 40;

/** Reads the history through the OpenAPI, as a server would, once the recorder has caught up. */
async function expectHistory(
  endpoint: string,
  demo: Demo,
  answered: ReadonlyMap<number, string>,
): Promise<void> {
  const { accessKeyId, accessKeySecret, productKey } = demo;
  const client = new RPCClient({
    accessKeyId,
    accessKeySecret,
    endpoint,
    apiVersion: '2018-01-20',
  });
  await waitUntilDrained(endpoint);
  const byDevice = new Map<string, number[]>();
  for (const [number, name] of answered)
    byDevice.set(name, [...(byDevice.get(name) ?? []), number]);
  for (const [deviceName, numbers] of byDevice) {
    const times = await readTimes(client, { productKey, deviceName });
    expect(new Set(times).size, `${deviceName}: none twice`).toBe(times.length);
    const missing = numbers.filter((number) => !times.includes(number + 1));
    expect(missing, `${deviceName}: none missing`).toEqual([]);
  }
}

async function readTimes(
  client: RPCClient,
  name: { productKey: string; deviceName: string },
): Promise<number[]> {
  const times: number[] = [];
  let start = 0;
  for (;;) {
    const query = {
      ...name,
      Identifier: 'temperature',
      StartTime: start,
      EndTime: 1e12,
      Asc: 1,
      PageSize: 50,
    };
    const { Data } = await client.request<{
      Data: { List: { PropertyInfo: { Time: string }[] }; NextValid: boolean; NextTime: number };
    }>('QueryDevicePropertyData', query, { method: 'POST' });
    times.push(...Data.List.PropertyInfo.map(({ Time }) => Number(Time)));
    if (!Data.NextValid) return times;
    start = Number(Data.NextTime);
  }
}

async function waitUntilDrained(endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const metrics = await (await fetch(`${endpoint}/metrics`)).text();
    if (/^mooring_bus_backlog_messages\{consumer="thing-recorder"\} 0$/m.test(metrics)) return;
    await sleep(100);
  }
  throw new Error('the recorder did not catch up within a minute');
}
