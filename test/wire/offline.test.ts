import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import RPCClient from '@alicloud/pop-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const startTimeoutMs = 60_000;
const readBackTimeoutMs = 15_000;

type Demo = Readonly<
  Record<'productKey' | 'deviceName' | 'deviceSecret' | 'accessKeyId' | 'accessKeySecret', string>
>;

const dataDir = mkdtempSync(join(tmpdir(), 'mooring-offline-'));
let offline: ChildProcess | undefined;
let http = '';

beforeAll(async () => {
  const env = { ...process.env, MOORING_DATA_DIR: dataDir, MOORING_HTTP_PORT: '0' };
  offline = spawn(process.execPath, [join(root, 'infra/local/offline.mjs')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  http = await readyAddress(offline);
}, startTimeoutMs);

afterAll(async () => {
  if (offline && offline.exitCode === null) {
    offline.kill('SIGTERM');
    await once(offline, 'exit');
  }
  rmSync(dataDir, { recursive: true });
}, startTimeoutMs);

function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stderr?.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stdout?.on('data', (chunk) => {
      output += String(chunk);
      const address = /^mooring offline ready http=(\S+)$/m.exec(output)?.[1];
      if (address) resolve(address);
    });
    child.once('exit', () => reject(new Error(`it ended before it was ready:\n${output}`)));
  });
}

function readDemo(): Demo {
  return JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo;
}

async function post(path: string, headers: Record<string, string>, body: string) {
  const reply = await fetch(`${http}${path}`, { method: 'POST', headers, body });
  return (await reply.json()) as { code: number; info: { token: string } };
}

async function readTemperature(demo: Demo): Promise<unknown> {
  const { accessKeyId, accessKeySecret, productKey, deviceName } = demo;
  const client = new RPCClient({
    accessKeyId,
    accessKeySecret,
    endpoint: http,
    apiVersion: '2018-01-20',
  });
  const parameters = { ProductKey: productKey, DeviceName: deviceName };
  const reply = await client.request<{
    Data: { List: { PropertyStatusInfo: { Identifier: string; Value?: string }[] } };
  }>('QueryDevicePropertyStatus', parameters, { method: 'POST' });
  const properties = reply.Data.List.PropertyStatusInfo;
  return properties.find(({ Identifier }) => Identifier === 'temperature')?.Value;
}

test('what a device posts through the functions comes out of the management API', async () => {
  const demo = readDemo();
  const { productKey, deviceName, deviceSecret } = demo;
  const clientId = `${productKey}.${deviceName}`;
  const sign = createHmac('sha256', deviceSecret)
    .update(`clientId${clientId}deviceName${deviceName}productKey${productKey}`)
    .digest('hex');
  const signedIn = await post(
    '/auth',
    { 'content-type': 'application/json' },
    JSON.stringify({ productKey, deviceName, clientId, sign, signmethod: 'hmacsha256' }),
  );
  expect(signedIn).toMatchObject({ code: 0, message: 'success' });
  const published = await post(
    `/topic/sys/${productKey}/${deviceName}/thing/event/property/post`,
    { 'content-type': 'application/octet-stream', password: signedIn.info.token },
    '{"id":"1","version":"1.0","params":{"temperature":21.5},"method":"thing.event.property.post"}',
  );
  expect(published).toMatchObject({ code: 0, message: 'success' });

  const deadlineMs = Date.now() + readBackTimeoutMs;
  let temperature = await readTemperature(demo);
  while (temperature === undefined && Date.now() < deadlineMs) {
    await sleep(200);
    temperature = await readTemperature(demo);
  }
  expect(temperature).toBe('21.5');
});
