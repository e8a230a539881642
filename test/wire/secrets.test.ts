import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import RPCClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Demo } from '../../infra/local/demo.ts';
import { readKeyFile } from '../../shared/runtime/key-file.ts';
import { signCertificateBody } from '../support/certificate.ts';
import { runCli } from '../support/cli.ts';
import { type Form, signForm } from '../support/device-http.ts';
import { registerForm } from '../support/device-register.ts';

/**
 * The whole suite, as npm start runs it, does everything that it does with secrets, rightly and
 * wrongly. Its log, and what it wrote to the disk, are then searched for each of them.
 */
const folder = mkdtempSync(join(tmpdir(), 'mooring-test-'));
const dataDir = join(folder, 'data');
const secrets = new Map<string, string>();
let log = '';
let url = '';
let demo: Demo;

beforeAll(async () => {
  // The first start prints commands to paste, with a signature in them; the second only logs.
  await end(await start());
  log = '';
  const stack = await start();
  try {
    await useEverything();
  } finally {
    await end(stack);
  }
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the secrets that the suite made', () => {
  test('are many, and of every kind', () => {
    const kinds = new Set([...secrets.values()]);
    expect([...kinds].sort()).toEqual([
      'access key secret',
      'device secret',
      'key',
      'product secret',
      'signature',
      'token',
    ]);
    expect(secrets.size).toBeGreaterThan(50);
  });

  test('are in no line of its log', () => {
    for (const word of ['certificate issued', 'openapi call', 'sign-in refused', 'refused']) {
      expect(log).toContain(word);
    }
    expect(found(log)).toEqual([]);
  });

  test('are in no file of the data folder but those of their owner', () => {
    const own = ['demo.json', 'keys.json'];
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !own.includes(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.some((file) => file.endsWith('data.mdb'))).toBe(true);
    for (const file of files) expect(found(readFileSync(file, 'latin1')), file).toEqual([]);
  });
});

function found(text: string): string[] {
  return [...secrets].filter(([secret]) => text.includes(secret)).map(([, kind]) => kind);
}

function keep(kind: string, secret: unknown): void {
  if (typeof secret !== 'string' || secret.length < 8) throw new Error(`no ${kind} to keep`);
  secrets.set(secret, kind);
}

async function start(): Promise<ChildProcess> {
  const child = spawn('npm', ['start', '--silent'], {
    env: {
      ...process.env,
      MOORING_DATA_DIR: dataDir,
      MOORING_HTTP_PORT: '0',
      MOORING_MQTT_PORT: '0',
      MOORING_MQTT_WS_PORT: '0',
      MOORING_AMQP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout });
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk;
  });
  url = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the stack ended before it was ready: ${log}`)));
    lines.on('line', (line) => {
      log += `${line}\n`;
      const ready = /^mooring ready .*\bhttp=(\S+)/.exec(line)?.[1];
      if (ready) resolve(ready);
    });
  });
  demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}

async function useEverything(): Promise<void> {
  keep('product secret', demo.productSecret);
  keep('device secret', demo.deviceSecret);
  keep('device secret', demo.unactivatedDeviceSecret);
  keep('access key secret', demo.accessKeySecret);
  await useSignIn();
  await useRegistration();
  await useCertificates();
  await useOpenapi();
  await useCommands();
}

async function post(path: string, type: string, body: string, headers = {}): Promise<Answer> {
  const reply = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body,
  });
  return JSON.parse(await reply.text());
}

type Answer = {
  code?: number;
  info?: { token?: string };
  data?: { deviceSecret?: string; DeviceSecret?: string };
  deviceSecret?: string;
};

async function useSignIn(): Promise<void> {
  const { productKey, deviceName, deviceSecret } = demo;
  const clientId = `${productKey}.${deviceName}`;
  const send = (form: Form) => {
    keep('signature', form['sign']);
    return post('/auth', 'application/json', JSON.stringify(form));
  };
  const form = { productKey, deviceName, clientId, signmethod: 'hmacsha256' };
  const { info } = await send(signForm(form, deviceSecret));
  keep('token', info?.token);
  await send(signForm({ ...form, timestamp: 1 }, deviceSecret));
  await send(signForm(form, demo.productSecret));
  await send({ ...signForm(form, deviceSecret), deviceSecret });
  await send({ ...signForm(form, 'f'.repeat(32)), deviceSecret });

  const topic = `/topic/sys/${productKey}/${deviceName}/thing/event/property/post`;
  const type = 'application/octet-stream';
  const token = info?.token ?? '';
  await post(topic, type, '{"id":"1","params":{}}', { password: token });
  await post(topic, type, 'not Alink', { password: token });
  await post(topic, type, '{}', { password: `${token}x` });
  await post('/topic/sys/other/other/thing/event/property/post', type, '{}', { password: token });
}

async function useRegistration(): Promise<void> {
  const { productKey, productSecret, unactivatedDeviceName: deviceName } = demo;
  const send = (form: Record<string, string>) => {
    keep('signature', form['sign']);
    const body = new URLSearchParams(form).toString();
    return post('/auth/register/device', 'application/x-www-form-urlencoded', body);
  };
  const good = registerForm({ productKey, deviceName }, productSecret);
  expect((await send(good)).data?.deviceSecret).toBe(demo.unactivatedDeviceSecret);
  await send(registerForm({ productKey, deviceName }, demo.deviceSecret));
  await send(registerForm({ productKey, deviceName: 'nobody' }, productSecret));
  await send(registerForm({ productKey, deviceName: demo.deviceName }, productSecret));
  await send({ ...good, signMethod: 'hmacsm3' });
  await send({ ...good, productSecret });
}

async function useCertificates(): Promise<void> {
  const { productKey, productSecret } = demo;
  const file = join(folder, 'serials.csv');
  await writeFile(file, 'deviceId\nSN-00000001\nSN-00000002\n');
  const env = { MOORING_DATA_DIR: dataDir };
  expect(await runCli(['devices', 'import', file, '--product', productKey], { env })).toMatchObject(
    {
      code: 0,
    },
  );
  let asked = 0;
  const send = (fields: Record<string, string | number>, secret = productSecret) => {
    asked += 1;
    const body = signCertificateBody({ random: `random-${asked}`, ...fields }, secret);
    keep('signature', body['sign']);
    return post(`/certificate/${productKey}`, 'application/json', JSON.stringify(body));
  };
  keep('device secret', (await send({ deviceId: 'SN-00000001' })).deviceSecret);
  await send({ deviceId: 'SN-00000001', random: 'random-1' });
  await send({ deviceId: 'SN-00000001', timestamp: 1 });
  await send({ deviceId: 'SN-00000001' }, demo.deviceSecret);
  await send({ deviceId: 'SN-00000003' });
  await callApi('RevokeCertificate', { DeviceId: 'SN-00000002' });
  await send({ deviceId: 'SN-00000002' });
}

async function callApi(
  action: string,
  parameters: object,
  accessKeySecret = demo.accessKeySecret,
): Promise<Record<string, unknown>> {
  const client = new RPCClient({
    accessKeyId: demo.accessKeyId,
    accessKeySecret,
    endpoint: url,
    apiVersion: '2018-01-20',
  });
  return client.request(action, parameters, { method: 'POST' });
}

async function useOpenapi(): Promise<void> {
  const { ProductKey, ProductSecret } = member(
    await callApi('CreateProduct', { ProductName: 'secrets', NodeType: 0 }),
    'Data',
  );
  keep('product secret', ProductSecret);
  await callApi('SetProductRegistration', {
    ProductKey,
    CertificatePolicy: 'open',
    CertificateAnswer: 'wrapped',
    CertificateUnknownIds: 'register',
  });
  const body = '{"deviceId":"SN-00000009"}';
  const given = await post(`/certificate/${ProductKey}`, 'application/json', body);
  keep('device secret', given.data?.DeviceSecret);
  const { ApplyId } = member(
    await callApi('BatchRegisterDevice', { ProductKey, Count: 50 }),
    'Data',
  );
  await callApi('QueryPageByApplyId', { ApplyId, CurrentPage: 1, PageSize: 50 });
  const { DeviceInfo } = member(await callApi('QueryDevice', { ProductKey, PageSize: 50 }), 'Data');
  if (!Array.isArray(DeviceInfo)) throw new Error('no devices');
  for (const device of DeviceInfo) keep('device secret', device.DeviceSecret);
  await callApi('QueryProduct', { ProductKey });
  await expect(callApi('QueryProduct', { ProductKey }, 'wrong')).rejects.toThrow();
  await expect(callApi('NoAction', { DeviceSecret: demo.deviceSecret })).rejects.toThrow();
}

function member(reply: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = reply[name];
  if (typeof value !== 'object' || value === null) throw new Error(`no ${name}`);
  return { ...value };
}

/** What commands say counts as log; an export with secrets is what its user asked for. */
async function useCommands(): Promise<void> {
  const env = { MOORING_DATA_DIR: dataDir };
  for (const args of [
    ['devices', 'export', '--product', demo.productKey],
    ['keys', 'add'],
    ['keys', 'reseal', '--restarted'],
    ['rebuild-indexes', '--product', demo.productKey],
  ]) {
    const { code, out, err } = await runCli(args, { env });
    expect({ code, err }).toMatchObject({ code: 0 });
    log += out + err;
  }
  const keys = readKeyFile(dataDir);
  for (const key of [...(keys?.token ?? []), ...(keys?.sealing ?? [])]) {
    keep('key', key.toString('base64'));
  }
}
