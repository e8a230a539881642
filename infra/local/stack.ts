import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { createHandler as createDeviceRegister } from '../../functions/device-register/handler.ts';
import { createHandler as createOpenapi } from '../../functions/openapi/handler.ts';
import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import { createHandler as createTopicIngest } from '../../functions/topic-ingest/handler.ts';
import { createNoDownlink } from '../../shared/adapters/none/no-downlink.ts';
import { createLocalAnswers } from '../../shared/core/answers/local-answers.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../shared/core/rate/message-rate.ts';
import { requireFittingKeys } from '../../shared/core/sealing/require-fitting-keys.ts';
import { SealError } from '../../shared/core/sealing/sealing.ts';
import { createTokenVerifier } from '../../shared/core/token/token-verifier.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { keyFilePath } from '../../shared/runtime/key-file.ts';
import { aliyunCredentials } from '../../shared/runtime/role-credentials.ts';
import { later } from '../../shared/runtime/wait.ts';
import { type Base, openBase } from './base.ts';
import { createCertificateDistributor } from './certificate-distributor.ts';
import { type Consumers, startConsumers, THING_RECORDER } from './consumers.ts';
import { type DemoState, ensureDemo } from './demo.ts';
import { startHttp } from './http-server.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createRouter } from './routes.ts';

export type LocalStack = DemoState & {
  /** By scheme: `http`, and `https` where a certificate is configured. */
  endpoints: Readonly<Record<string, string>>;
  /** Answers what is in hand, then closes the bus and the store. */
  stop(): Promise<void>;
};

/** `consumers: 'elsewhere'` leaves the bus to another process, see pump.ts. */
export type StackOptions = { config: Config; consumers?: 'here' | 'elsewhere' };

/** The whole suite in this process, on the data folder of `config`. */
export async function startLocalStack({
  config,
  consumers = 'here',
}: StackOptions): Promise<LocalStack> {
  await requireCredentials(config);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const base = openBase(config);
  await refuseOtherKeys(base, config);
  const consuming: Consumers | undefined =
    consumers === 'here' ? startConsumers(base, createThingRecorder(base)) : undefined;
  const metrics = createMetrics({
    [THING_RECORDER]: async () => (await base.bus.backlog(THING_RECORDER)).unread,
  });
  const handler = createSuite(base, metrics, config);
  const http = await startHttp({ ...config.http, handler, log: base.log });
  const endpoints = endpointsOf(config, http.port);
  const state = await ensureDemo(config.dataDir, base, endpoints);
  return {
    ...state,
    endpoints,
    stop: async () => {
      await http.stop();
      await consuming?.stop();
      await base.bus.close();
      await base.store.close();
    },
  };
}

/** No call brings a role here, so what is missing now stays missing. */
async function requireCredentials({ identities, aliyun }: Config): Promise<void> {
  if (identities === 'aliyun') await aliyunCredentials(aliyun)();
}

/** Whatever such a process sealed, no other one could open. */
async function refuseOtherKeys(base: Base, { dataDir, sealingKeys }: Config): Promise<void> {
  try {
    await requireFittingKeys(base);
  } catch (error) {
    await base.bus.close();
    await base.store.close();
    if (!(error instanceof SealError)) throw error;
    const origin = sealingKeys.length > 0 ? 'MOORING_SEALING_KEYS' : keyFilePath(dataDir);
    throw new Error(`${error.message}: ${origin} has to hold the keys of this data`, {
      cause: error,
    });
  }
}

function createSuite(base: Base, metrics: Metrics, config: Config): Handler {
  const { store, bus, sealing, tokenKeys, nowMs, log } = base;
  const directory = createDeviceDirectory({ store, nowMs });
  const products = createProductDirectory({ store, nowMs });
  const rate = createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs });
  const newMessageId = createMessageIdSource({
    seen: store.table('seen'),
    nowMs,
    randomInteger: base.randomInteger,
  });
  const newRequestId = () => randomUUID().toUpperCase();
  const downlink = createNoDownlink();
  const answers = createLocalAnswers(later);
  const through = { store, bus, downlink, answers, newMessageId };
  return createRouter({
    deviceAuth: metrics.counted(
      'device-auth',
      createDeviceAuth({ store, sealing, tokenKeys, nowMs, log }),
    ),
    deviceRegister: metrics.counted(
      'device-register',
      createDeviceRegister({ store, sealing, log }),
    ),
    certificateDistributor: metrics.counted(
      'certificate-distributor',
      createCertificateDistributor(base, config),
    ),
    topicIngest: metrics.counted(
      'topic-ingest',
      createTopicIngest({
        ...through,
        directory,
        products,
        verifyToken: createTokenVerifier(tokenKeys),
        rate,
        nowMs,
        log,
      }),
    ),
    openapi: metrics.counted(
      'openapi',
      createOpenapi({ parts: { ...base, ...through, randomBytes }, log, newRequestId }),
    ),
    metrics: metrics.text,
  });
}

function endpointsOf({ http: { host, tls } }: Config, port: number): Record<string, string> {
  const name = host.includes(':') ? `[${host}]` : host;
  return { http: `http://${name}:${port}`, ...(tls && { https: `https://${name}:${port}` }) };
}
