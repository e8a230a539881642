import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli.ts';
import { type DeviceStack, startDeviceStack } from '../support/device-stack.ts';
import { property } from '../support/thing-models.ts';
import { hasCommand, makeCertificate } from './commands.ts';

// The commands and credentials of seed 004; only host and port are this test's.
const CLIENT_ID =
  'aliyun_test_01.dev001|securemode=3,signmethod=hmacsha256,timestamp=1778593628940|';
const USERNAME = 'dev001&aliyun_test_01';
const PASSWORD = '87954302c6bbb203f8f386d84574dae4227f1f8cc1bdc8b83407c324edce95c8';
const DEVICE = { ProductKey: 'aliyun_test_01', DeviceName: 'dev001' };
const LIST = 'ProductKey,DeviceName,DeviceSecret\naliyun_test_01,dev001,testsecret001\n';
const SET_TOPIC = '/sys/aliyun_test_01/dev001/thing/service/property/set';
const POST_TOPIC = '/sys/aliyun_test_01/dev001/thing/event/property/post';
const POST = JSON.stringify({
  id: '123',
  version: '1.0',
  params: { temperature: { value: 25.5, time: 1778593628940 } },
  method: 'thing.event.property.post',
});
const SET = JSON.stringify({
  id: '456',
  version: '1.0',
  params: { temperature: 30 },
  method: 'thing.service.property.set',
});

const SLOW = { timeout: 15_000 };
const PUBLISHER = 'mosquitto_pub';
const SUBSCRIBER = 'mosquitto_sub';
const BY_LINE = 'stdbuf';
const tools = [PUBLISHER, SUBSCRIBER, BY_LINE, 'openssl'];

describe.skipIf(!tools.every(hasCommand))('mosquitto (Debian package mosquitto-clients)', () => {
  let folder: string;
  let certificate: string;
  let stack: DeviceStack;
  let port: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mooring-mosquitto-'));
    certificate = join(folder, 'cert.pem');
    const key = join(folder, 'key.pem');
    await makeCertificate(certificate, key);
    stack = await startDeviceStack({ MOORING_TLS_CERT: certificate, MOORING_TLS_KEY: key });
    port = stack.mqttAddress.split(':')[1] ?? '';
    await importDevice();
  });
  afterAll(async () => {
    await stack.stop();
    await rm(folder, { recursive: true });
  });

  async function importDevice() {
    const list = join(folder, 'list.csv');
    await writeFile(list, LIST);
    expect(await mooring('devices', 'import', list, '--make-products')).toMatchObject({ code: 0 });
    const temperature = property('temperature', { type: 'float', specs: {} }, 'rw');
    const { ProductKey } = DEVICE;
    const model = { profile: { productKey: ProductKey }, properties: [temperature] };
    const TslStr = JSON.stringify({ ...model, events: [], services: [] });
    await stack.call('ImportThingModelTsl', { ProductKey, TslStr });
  }

  const mooring = (...args: string[]) => runCli(args, { env: { MOORING_DATA_DIR: stack.dataDir } });

  const asDevice = (clientId = CLIENT_ID, username = USERNAME, password = PASSWORD) => [
    ...['-h', '127.0.0.1', '-p', port],
    ...['-i', clientId, '-u', username, '-P', password],
  ];

  /** The lines that mosquitto_sub prints, from the moment that it is subscribed. */
  async function subscribed(options: readonly string[] = []) {
    // -d is not the seed's: it tells when the subscription is there, line by line thanks to stdbuf.
    const command = ['-oL', SUBSCRIBER, ...asDevice(), '-t', SET_TOPIC, '-d', ...options];
    const child = spawn(BY_LINE, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (isWanted: (line: string) => boolean): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('mosquitto_sub ended');
        if (isWanted(value)) return value;
      }
    };
    await next((line) => line.startsWith('Subscribed '));
    return { next };
  }

  function publish(topic: string, message: string, options: readonly string[]) {
    return new Promise<{ code: unknown; said: string }>((resolve) => {
      const command = [...options, '-t', topic, '-m', message];
      execFile(PUBLISHER, command, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, said: stdout + stderr }),
      );
    });
  }

  const setTo = (value: number) =>
    mooring('SetDeviceProperty', ...reference(), '--Items', JSON.stringify({ temperature: value }));

  const reference = () => Object.entries(DEVICE).flatMap(([name, value]) => [`--${name}`, value]);

  test('mosquitto_pub posts a property as seed 004 has it, and the server end sees it', async () => {
    expect(await publish(POST_TOPIC, POST, asDevice())).toEqual({ code: 0, said: '' });
    await expect
      .poll(async () => JSON.stringify(await stack.call('QueryDevicePropertyStatus', DEVICE)), SLOW)
      .toMatch(/"Identifier":"temperature".*"Value":"25.5"/);
  });

  test('mosquitto_sub gets a property set that comes through the OpenAPI', async () => {
    const device = await subscribed();
    expect(await setTo(30)).toMatchObject({ code: 0 });
    const line = await device.next((one) => one.startsWith('{'));
    expect(JSON.parse(line)).toMatchObject({
      method: 'thing.service.property.set',
      params: { temperature: 30 },
    });
  });

  test('a publisher with a client id of its own is refused: the signature covers the device’s', async () => {
    const device = await subscribed();
    const refused = await publish(SET_TOPIC, SET, asDevice('cloud_publisher_001'));
    expect(refused.said).toMatch(/bad user name or password/i);
    expect(refused.code).not.toBe(0);
    expect(await setTo(31)).toMatchObject({ code: 0 });
    expect(await device.next((one) => one.startsWith('{'))).toContain('"temperature":31');
  });

  test('mosquitto_pub as the same device ends the connection of mosquitto_sub, which comes back', async () => {
    const device = await subscribed();
    expect(await publish(POST_TOPIC, POST, asDevice())).toMatchObject({ code: 0 });
    await device.next((line) => line.startsWith('Subscribed '));
    expect(await setTo(32)).toMatchObject({ code: 0 });
    expect(await device.next((one) => one.startsWith('{'))).toContain('"temperature":32');
  });

  test('a device that nobody registered is let in by the product secret where that is on', async () => {
    const { Data } = await stack.call('QueryProduct', { ProductKey: DEVICE.ProductKey });
    const timestamp = '1778593628940';
    const clientId = `aliyun_test_01.dev002|securemode=-2,signmethod=hmacsha256,timestamp=${timestamp}|`;
    const content = `clientId${clientId}deviceNamedev002productKeyaliyun_test_01timestamp${timestamp}`;
    const password = createHmac('sha256', String(Object(Data).ProductSecret)).update(content);
    const device = asDevice(clientId, 'dev002&aliyun_test_01', password.digest('hex'));
    const topic = POST_TOPIC.replace('dev001', 'dev002');
    expect(await publish(topic, POST, device)).toMatchObject({
      said: expect.stringMatching(/refused/i),
    });

    const product = ['--ProductKey', DEVICE.ProductKey];
    await mooring('SetProductRegistration', ...product, '--AutoRegistration', 'true');
    expect(await publish(topic, POST, device)).toEqual({ code: 0, said: '' });
    const reference = { ...DEVICE, DeviceName: 'dev002' };
    expect(await stack.call('QueryDeviceDetail', reference)).toMatchObject({ Success: true });
  });

  test('both work over TLS on the same port, with the certificate checked', async () => {
    const tls = ['--cafile', certificate];
    expect(await publish(POST_TOPIC, POST, [...asDevice(), ...tls])).toMatchObject({ code: 0 });
    const device = await subscribed(tls);
    expect(await setTo(33)).toMatchObject({ code: 0 });
    expect(await device.next((one) => one.startsWith('{'))).toContain('"temperature":33');
  });

  test('MQTT 5 is refused as a version that is not spoken here', async () => {
    const { said } = await publish(POST_TOPIC, POST, [...asDevice(), '-V', 'mqttv5']);
    expect(said).toMatch(/Unsupported Protocol Version/);
  });

  test('a server with a certificate that nobody vouches for is not trusted', async () => {
    const other = join(folder, 'other.pem');
    await makeCertificate(other, join(folder, 'other-key.pem'));
    const { code } = await publish(POST_TOPIC, POST, [...asDevice(), '--cafile', other]);
    expect(code).not.toBe(0);
  });
});
