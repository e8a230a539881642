import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { DEMO_THING_MODEL } from '../../infra/local/demo-thing-model.ts';
import { type BundleProcess, startBundle } from '../support/bundle-process.ts';
import { runCli } from '../support/cli.ts';
import { startDynalite, type TestDynamodb } from '../support/dynalite.ts';
import { createAccessKey, openapiCaller, signIn } from '../support/function-calls.ts';
import { startPumpProcess } from '../support/pump-process.ts';
import { inspectQueue } from '../support/rabbitmq-bus.ts';
import {
  hasRabbitmq,
  NO_HOOKS,
  type RabbitmqServer,
  startRabbitmqServer,
} from '../support/rabbitmq-server.ts';
import { numberedParams } from '../support/recorded-times.ts';
import { tempFolder } from '../support/temp-folder.ts';

const BUILD = join(import.meta.dirname, '../../infra/build/build.mjs');
const START_TIMEOUT_MS = 180_000;
const TEST_MS = 300_000;
const PATIENCE = { timeout: 60_000, interval: 50 };
const DEVICES = 20;
const LINES = 8;

type Device = { productKey: string; deviceName: string; token: string };

describe.skipIf(!hasRabbitmq())(
  'functions in several processes on one RabbitMQ (Debian package rabbitmq-server)',
  () => {
    let server: RabbitmqServer;
    let dynamodb: TestDynamodb;
    let env: Record<string, string>;
    const started: BundleProcess[] = [];

    beforeAll(async () => {
      const args = ['--store', 'dynamodb', '--bus', 'rabbitmq'];
      const built = spawnSync(process.execPath, [BUILD, ...args], { encoding: 'utf8' });
      expect(built.stderr).toBe('');
      server = await startRabbitmqServer(NO_HOOKS);
      dynamodb = await startDynalite();
      env = {
        ...dynamodb.environment('site1-'),
        MOORING_BUS: server.amqpUrl,
        MOORING_TOKEN_KEYS: randomBytes(32).toString('base64'),
        MOORING_SEALING_KEYS: randomBytes(32).toString('base64'),
      };
      const made = await runCli(['tables', 'create', '--store', 'dynamodb'], { env });
      expect(made.err).toBe('');
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await Promise.all(started.map((bundle) => bundle.stop()));
      await dynamodb?.stop();
      await server?.stop();
    });

    const start = (name: string, change: Record<string, string> = {}) => {
      const bundle = startBundle(`dist/dynamodb/${name}/index.js`, { ...env, ...change });
      started.push(bundle);
      return bundle;
    };
    const startPump = async () => {
      const dataDir = tempFolder();
      const pump = await startPumpProcess('dist/dynamodb', { ...env, MOORING_DATA_DIR: dataDir });
      onTestFinished(pump.kill);
      return pump;
    };
    const consumersOf = async (queue: string) =>
      (await inspectQueue(server.amqpUrl, queue)).consumerCount;

    test(
      'what devices were told is safe is recorded once, though a consumer and the broker are killed',
      async () => {
        const pumps = [await startPump(), await startPump()];
        await vi.waitFor(
          async () => expect(await consumersOf('mooring.thing-recorder')).toBe(2),
          PATIENCE,
        );
        const call = openapiCaller(start('openapi'), await createAccessKey('dynamodb', env));
        const devices = await registerDevices(call, start('device-auth'));
        const ingests = [start('topic-ingest'), start('topic-ingest')];

        const answered = new Map<number, string>();
        let sent = 0;
        let isOver = false;
        const postUntilOver = async (ingest: BundleProcess) => {
          while (!isOver) {
            const number = sent;
            sent += 1;
            const device = devices[number % DEVICES];
            if (device === undefined) throw new Error('no device');
            const { code } = await ingest.call(numberedPost(device, number));
            if (code === 0) answered.set(number, device.deviceName);
          }
        };
        const lines = ingests.flatMap((ingest) =>
          Array.from({ length: LINES }, () => postUntilOver(ingest)),
        );
        const more = async (count: number) => {
          const wanted = answered.size + count;
          await vi.waitFor(() => expect(answered.size).toBeGreaterThan(wanted), PATIENCE);
        };
        await more(500);
        await pumps[0]?.kill();
        await more(500);
        await server.killAndRestart();
        await more(500);
        isOver = true;
        await Promise.all(lines);

        const times = (deviceName: string) =>
          recordedTimes(call, { ProductKey: devices[0]?.productKey ?? '', DeviceName: deviceName });
        for (const { deviceName } of devices) {
          const numbers = [...answered].filter(([, name]) => name === deviceName);
          await vi.waitFor(async () => {
            const recorded = new Set(await times(deviceName));
            expect(numbers.filter(([number]) => !recorded.has(number + 1))).toEqual([]);
          }, PATIENCE);
          const recorded = await times(deviceName);
          expect(new Set(recorded).size, `${deviceName}: none twice`).toBe(recorded.length);
        }
        console.log(`${answered.size} of ${sent} answered`);
        expect(await pumps[1]?.terminate()).toBe(0);
      },
      TEST_MS,
    );

    test(
      'a function loads the client with its first message, and no other bus',
      async () => {
        const ingest = start('topic-ingest');
        const device = (
          await registerDevices(
            openapiCaller(start('openapi'), await createAccessKey('dynamodb', env)),
            start('device-auth'),
            1,
          )
        )[0];
        if (device === undefined) throw new Error('no device');
        const refused = await ingest.call(numberedPost({ ...device, token: 'none' }, 1));
        expect(refused['code']).not.toBe(0);
        expect(names(await ingest.loaded())).not.toContain('rabbitmq-connected-bus.js');
        expect(await ingest.call(numberedPost(device, 1))).toMatchObject({ code: 0 });
        expect(names(await ingest.loaded())).toEqual([
          'dynamodb-client.js',
          'rabbitmq-connected-bus.js',
        ]);
      },
      TEST_MS,
    );

    test(
      'a function without MOORING_BUS says what is missing',
      async () => {
        const ingest = start('topic-ingest', { MOORING_BUS: '' });
        const reply = await ingest.call({ path: '/topic/pk/dn/user/update', body: '' });
        expect(reply).toMatchObject({ code: 10_000 });
      },
      TEST_MS,
    );
  },
);

const names = (files: readonly string[]) => files.map((file) => basename(file)).toSorted();

type Call = ReturnType<typeof openapiCaller>;

async function registerDevices(
  call: Call,
  deviceAuth: BundleProcess,
  count = DEVICES,
): Promise<Device[]> {
  const product = await call('CreateProduct', { ProductName: 'tanks', NodeType: '0' });
  const ProductKey = `${product['ProductKey']}`;
  await call('ImportThingModelTsl', { ProductKey, TslStr: JSON.stringify(DEMO_THING_MODEL) });
  const devices: Device[] = [];
  for (let at = 0; at < count; at += 1) {
    const deviceName = `tank-${at}`;
    const made = await call('RegisterDevice', { ProductKey, DeviceName: deviceName });
    const identity = {
      productKey: ProductKey,
      deviceName,
      deviceSecret: `${made['DeviceSecret']}`,
    };
    const { info } = await signIn(deviceAuth, identity);
    const { token } = info as { token: string };
    devices.push({ productKey: ProductKey, deviceName, token });
  }
  return devices;
}

function numberedPost({ productKey, deviceName, token }: Device, number: number) {
  const params = numberedParams(number);
  const method = 'thing.event.property.post';
  return {
    path: `/topic/sys/${productKey}/${deviceName}/thing/event/property/post`,
    headers: { 'content-type': 'application/octet-stream', password: token },
    body: JSON.stringify({ id: String(number), version: '1.0', params, method }),
  };
}

async function recordedTimes(call: Call, device: Record<string, string>): Promise<number[]> {
  const times: number[] = [];
  let start = 0;
  for (;;) {
    const data: unknown = await call('QueryDevicePropertyData', {
      ...device,
      Identifier: 'temperature',
      StartTime: String(start),
      EndTime: '1000000000000',
      Asc: '1',
      PageSize: '50',
    });
    const { List, NextValid, NextTime } = data as {
      List: { PropertyInfo: { Time: string }[] };
      NextValid: boolean;
      NextTime: number;
    };
    times.push(...List.PropertyInfo.map(({ Time }) => Number(Time)));
    if (!NextValid) return times;
    start = Number(NextTime);
  }
}
