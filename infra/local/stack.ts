import { mkdir } from 'node:fs/promises';
import { createHandler as createShadowUpdater } from '../../functions/shadow-updater/handler.ts';
import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import { requireFittingKeys } from '../../shared/core/sealing/require-fitting-keys.ts';
import { SealError } from '../../shared/core/sealing/sealing.ts';
import type { Handler, Request } from '../../shared/model/http.ts';
import type { Downlink } from '../../shared/ports/downlink.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { keyFilePath } from '../../shared/runtime/key-file.ts';
import { openDownlink } from '../../shared/runtime/open-downlink.ts';
import { openShadows } from '../../shared/runtime/open-shadows.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import { type AmqpEndpoint, startAmqpEndpoint } from './amqp/endpoint.ts';
import { type Base, openBase } from './base.ts';
import { type Consumers, SHADOW_UPDATER, startConsumers, THING_RECORDER } from './consumers.ts';
import { type DemoState, ensureDemo } from './demo.ts';
import { startExternalUplinks } from './external-brokers.ts';
import { lockFolder } from './folder-lock.ts';
import { type LocalHttp, startHttp } from './http-server.ts';
import { createMetrics } from './metrics.ts';
import { type LocalBroker, startBroker } from './mqtt/broker.ts';
import { openConnectDevice } from './mqtt/connect-device.ts';
import { createShared, type Shared } from './shared-parts.ts';
import { createSuite } from './suite.ts';

export type LocalStack = DemoState & {
  /** By scheme: `http`, `mqtt`, `ws`, `amqp`, and with a certificate `https`, `mqtts`, `wss`, `amqps`. */
  endpoints: Readonly<Record<string, string>>;
  /** Answers what is in hand, then closes the bus and the store. */
  stop(): Promise<void>;
};

/** `consumers: 'elsewhere'` leaves the bus to another process, see pump.ts. */
export type StackOptions = { config: Config; consumers?: 'here' | 'elsewhere' };

/** The whole suite in this process, on the data folder of `config`. */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const { config } = options;
  await requireCredentials(config);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const stopping = createStopping();
  try {
    return await start(options, stopping);
  } catch (error) {
    await stopping.stop();
    throw error;
  }
}

async function start(
  { config, consumers = 'here' }: StackOptions,
  stopping: Stopping,
): Promise<LocalStack> {
  stopping.add(lockFolder(config.dataDir));
  const base = openBase(config);
  stopping.add(async () => {
    await base.bus.close();
    await base.store.close();
  });
  await refuseOtherKeys(base, config);
  const http = await openHttp(base, config);
  stopping.add(http.stop);
  const shared = createShared(base, config.publicUrl ?? httpUrlOf(config, http.port));
  const broker = await openBroker(shared, config);
  stopping.add(broker.stop);
  const downlink = chooseDownlink(broker, base, config);
  stopping.add(downlink.close);
  if (consumers === 'here') stopping.add(startConsuming(base, downlink, config).stop);
  const amqp = config.amqp && (await startAmqpEndpoint(base, config, config.amqp));
  if (amqp) stopping.add(amqp.stop);
  const metrics = createMetrics(
    {
      [THING_RECORDER]: async () => (await base.bus.backlog(THING_RECORDER)).unread,
      [SHADOW_UPDATER]: async () => (await base.bus.backlog(SHADOW_UPDATER)).unread,
    },
    broker,
    amqp?.groups,
  );
  const endpoints = endpointsOf(config, { ...broker, httpPort: http.port, amqp });
  const state = await ensureDemo(config.dataDir, base, endpoints);
  const mqttAddress = mqttAddressOf(config, broker.port);
  http.serve(createSuite({ shared, downlink, metrics, config, mqttAddress }));
  // Behind the suite: the broker may have to ask its hooks whom it lets in.
  stopping.add((await startExternalUplinks(config, shared)).stop);
  return { ...state, endpoints, stop: stopping.stop };
}

/** What was opened last is closed first. */
type Stopping = { add(stop: () => Promise<void>): void; stop(): Promise<void> };

function createStopping(): Stopping {
  const stops: (() => Promise<void>)[] = [];
  return {
    add: (stop) => {
      stops.push(stop);
    },
    stop: async () => {
      const failures: unknown[] = [];
      for (let stop = stops.pop(); stop; stop = stops.pop()) {
        await stop().catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** The port first, since messages to devices may name it; requests wait until there is who answers them. */
async function openHttp(
  { log, nowMs }: Base,
  { http }: Config,
): Promise<LocalHttp & { serve(handler: Handler): void }> {
  let serve: (handler: Handler) => void = () => undefined;
  const suite = new Promise<Handler>((resolve) => {
    serve = resolve;
  });
  let handler: Handler = async (request) => (await suite)(request);
  const parts = { handler: (request: Request) => handler(request), log, nowMs };
  const opened = await startHttp({ ...http, ...parts });
  return {
    ...opened,
    serve: (ready) => {
      handler = ready;
      serve(ready);
    },
  };
}

function openBroker(shared: Shared, config: Config): Promise<LocalBroker> {
  const { base, directory, rate, uplink } = shared;
  const { nowMs, log } = base;
  const connectDevice = openConnectDevice(shared, config);
  return startBroker({ config, connectDevice, directory, rate, uplink, log, nowMs });
}

function chooseDownlink(broker: LocalBroker, { log, nowMs }: Base, config: Config): Downlink {
  const { downlink = 'embedded' } = config;
  return downlink === 'embedded' ? broker.downlink : openDownlink({ config, log, nowMs });
}

function startConsuming(base: Base, downlink: Downlink, config: Config): Consumers {
  const shadows = openShadows({ ...base, config });
  const shadowUpdater = createShadowUpdater({ ...base, shadows, downlink });
  return startConsumers(base, createThingRecorder(base), shadowUpdater);
}

/** No call brings a role here, so what is missing now stays missing. */
async function requireCredentials({ identities, shadows, aliyun }: Config): Promise<void> {
  if (identities === 'aliyun' || shadows === 'aliyun') await aliyunCredentials(aliyun)();
}

/** Whatever such a process sealed, no other one could open. */
async function refuseOtherKeys(base: Base, { dataDir, sealingKeys }: Config): Promise<void> {
  try {
    await requireFittingKeys(base);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const origin = sealingKeys.length > 0 ? 'MOORING_SEALING_KEYS' : keyFilePath(dataDir);
    throw new Error(`${error.message}: ${origin} has to hold the keys of this data`, {
      cause: error,
    });
  }
}

type Ports = {
  httpPort: number;
  port: number;
  wsPort: number;
  amqp: Pick<AmqpEndpoint, 'port' | 'tlsPort'> | undefined;
};

function mqttAddressOf({ publicUrl, mqtt }: Config, port: number) {
  return { host: publicUrl === undefined ? mqtt.host : new URL(publicUrl).hostname, port };
}

function endpointsOf(
  config: Config,
  { httpPort, port, wsPort, amqp }: Ports,
): Record<string, string> {
  const { http } = config;
  const name = hostOf(config);
  const plain = {
    http: httpUrlOf(config, httpPort),
    mqtt: `mqtt://${name}:${port}`,
    ws: `ws://${name}:${wsPort}`,
    ...(amqp && { amqp: `amqp://${name}:${amqp.port}` }),
  };
  if (!http.tls) return plain;
  return {
    ...plain,
    https: `https://${name}:${httpPort}`,
    mqtts: `mqtts://${name}:${port}`,
    wss: `wss://${name}:${wsPort}`,
    ...(amqp && { amqps: `amqps://${name}:${amqp.tlsPort ?? amqp.port}` }),
  };
}

function httpUrlOf(config: Config, port: number): string {
  return `http://${hostOf(config)}:${port}`;
}

function hostOf({ http: { host } }: Config): string {
  return host.includes(':') ? `[${host}]` : host;
}
