import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { writeLoopbackCertificate } from '../support/loopback-certificate.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTestCertificate } from '../support/test-certificate.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let stack: TestStack;
let folder: string;
let certPath: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mooring-'));
  const files = writeLoopbackCertificate(folder);
  certPath = files.certPath;
  stack = await startTestStack({
    MOORING_CONNECTS_PER_MINUTE: '1000',
    MOORING_TLS_CERT: files.certPath,
    MOORING_TLS_KEY: files.keyPath,
  });
});

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

const mooring = (...args: string[]) => runCli(args, { env: { MOORING_DATA_DIR: stack.dataDir } });

const connect = (...args: string[]) => mooring('device', 'connect', ...args);

const POST = ['--post', '{"temperature":21}', '--for', '0'];

test('a device that waits for its registration gets its secret, which is not shown, and posts', async () => {
  const { productKey, productSecret, unactivatedDeviceName, unactivatedDeviceSecret } = stack.demo;
  const { code, out, err } = await connect('--register', 'register', ...POST);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(`${productKey}/${unactivatedDeviceName} has its identity`);
  expect(out).toContain('acknowledged');
  expect(out + err).not.toContain(unactivatedDeviceSecret);
  expect(out + err).not.toContain(productSecret);
  const again = await connect('--register', 'register', ...POST);
  expect(again.code).toBe(1);
  expect(again.err).toContain('or it has signed in before (mooring ResetThing takes');
});

test('a device that nobody has registered gets a token over TLS, and posts', async () => {
  const name = ['--product-key', stack.demo.productKey, '--device-name', 'nobodys'];
  const secret = ['--product-secret', stack.demo.productSecret, '--ca', certPath];
  const { code, out, err } = await connect('--register', 'regnwl', ...name, ...secret, ...POST);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain(`to ${stack.endpoints['mqtts']}\n`);
  expect(out).toContain('acknowledged');
});

test('TLS and WebSockets carry the demo device, with the CA that is named and no other', async () => {
  for (const way of [[], ['--ws']]) {
    expect(await connect('--ca', certPath, ...way, ...POST)).toMatchObject({ code: 0 });
    const scheme = way.length > 0 ? 'wss' : 'mqtts';
    const url = stack.endpoints[scheme] ?? '';
    const { code, err } = await connect('--url', url, ...POST);
    expect(code).toBe(1);
    expect(err).toContain('Name its CA with --ca FILE.');
    const { certPath: other } = writeTestCertificate(tempFolder());
    expect(await connect('--url', url, '--ca', other, ...POST)).toMatchObject({ code: 1 });
  }
});

test('what is refused says what to do, and no secret', async () => {
  const device = ['--product-key', stack.demo.productKey, '--device-name', stack.demo.deviceName];
  const wrong = await connect(...device, '--device-secret', 'hush-hush', '--for', '0');
  expect(wrong).toMatchObject({ code: 1, out: '' });
  expect(wrong.err).toContain('(CONNACK 4): name or signature are wrong. mooring sign ');
  expect(wrong.err).not.toContain('hush');
  const nobody = await connect('--url', 'mqtt://127.0.0.1:1');
  expect(nobody.code).toBe(1);
  expect(nobody.err).toContain('nobody listens there. Is npm start running');
  const http = await connect('--url', (stack.endpoints['http'] ?? '').replace('http', 'mqtt'));
  expect(http.code).toBe(1);
  expect(http.err).not.toMatch(/\n {4}at /);
  const { err } = await runCli(['device', 'connect'], { env: { MOORING_DATA_DIR: tempFolder() } });
  expect(err).toContain('names no address for mqtt. Give --url mqtt://host:port, or run npm start');
});

test('many devices of an exported list post at once, and those that are refused are counted', async () => {
  const { productKey } = stack.demo;
  const lists = tempFolder();
  const list = join(lists, 'list.csv');
  const names = Array.from({ length: 60 }, (_, index) => `many-${index}`);
  writeFileSync(list, ['DeviceName', ...names].join('\n'));
  await mooring('devices', 'import', list, '--product', productKey);
  const exported = await mooring('devices', 'export', '--product', productKey, '--with-secrets');
  const [header = '', ...rows] = exported.out.trimEnd().split('\n');
  const many = rows.filter((row) => row.includes('many-'));
  expect(many).toHaveLength(60);
  const file = join(lists, 'many.csv');
  const broken = many.map((row, index) => (index % 30 === 29 ? `${row}0` : row));
  writeFileSync(file, [header, ...broken].join('\n'));

  const all = ['--devices', file, '--post', '{"temperature":21}', '--for', '0'];
  const { code, out, err } = await connect(...all);
  expect(code).toBe(1);
  expect(out).toMatch(
    /^at most 58 of 60 connected, 58 posted, 58 acknowledged, \d+ received, 2 errors\n$/,
  );
  expect(err).toContain('2 × ');
  expect(err).toContain('refuses PRODUCT/DEVICE (CONNACK 4)');
  const few = await connect(...all, '--count', '3', '--json');
  expect(few.code).toBe(0);
  expect(JSON.parse(few.out)).toMatchObject({ devices: 3, connected: 3, acknowledged: 3 });
  const without = await connect('--devices', list, '--product-key', productKey, '--for', '0');
  expect(without.err).toContain('Line 2 of');
  expect(without.err).toContain('has no DeviceSecret');
});
