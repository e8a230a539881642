import { createHandler as createCertificateDistributor } from '../../functions/certificate-distributor/handler.ts';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { createHandler as createDeviceRegister } from '../../functions/device-register/handler.ts';
import { createHandler as createGuidedSignIn } from '../../functions/guided-sign-in/handler.ts';
import { createHandler as createMqttAuth } from '../../functions/mqtt-auth/handler.ts';
import { createHandler as createMqttUplink } from '../../functions/mqtt-uplink/handler.ts';
import { createHandler as createOpenapi } from '../../functions/openapi/handler.ts';
import { createHandler as createRemoteConfig } from '../../functions/remote-config/handler.ts';
import { createHandler as createShadowUpdater } from '../../functions/shadow-updater/handler.ts';
import { createHandler as createThingRecorder } from '../../functions/thing-recorder/handler.ts';
import { createHandler as createTopicIngest } from '../../functions/topic-ingest/handler.ts';
import { DEMO_THING_MODEL } from '../../infra/local/demo-thing-model.ts';
import { createMemoryBus } from '../../shared/adapters/memory/memory-bus.ts';
import { createMemoryDownlink } from '../../shared/adapters/memory/memory-downlink.ts';
import { createMemoryStore } from '../../shared/adapters/memory/memory-store.ts';
import {
  ACCESS_KEYS_PARTITION,
  sealAccessKeySecret,
} from '../../shared/core/access-keys/access-keys.ts';
import { createStoredAnswers } from '../../shared/core/answers/stored-answers.ts';
import { saveCertificate } from '../../shared/core/certificates/certificate-records.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { sealDeviceSecret } from '../../shared/core/devices/device-secret.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import type { Registry } from '../../shared/core/devices/registry.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createMessageIdSource } from '../../shared/core/message-id/message-id-source.ts';
import { createSharedConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import { PRODUCTS_PARTITION, sealProductSecret } from '../../shared/core/products/products.ts';
import { DEFAULT_REGISTRATION } from '../../shared/core/products/registration-settings.ts';
import { createAddressRate } from '../../shared/core/rate/address-rate.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../shared/core/rate/message-rate.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import { createOwnShadows } from '../../shared/core/shadow/own-shadows.ts';
import { importThingModel } from '../../shared/core/thing-models/import-thing-model.ts';
import { createTokenVerifier } from '../../shared/core/token/token-verifier.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { busFunction } from '../../shared/runtime/bus-function.ts';
import { type CloudHandler, httpFunction } from '../../shared/runtime/http-function.ts';

/**
 * What the payloads of events/ were made for: this instant, these keys, one product with a device
 * that has signed in and one that has not, and one access key. Their tokens and signatures are good for nothing else.
 */
const EVENTS = {
  nowMs: Date.UTC(2023, 10, 14, 22, 13, 20),
  tokenKey: Buffer.alloc(32, 1),
  sealingKey: Buffer.alloc(32, 2),
  productKey: 'a1TestProd01',
  productSecret: 'secret-of-a1TestProd01',
  deviceName: 'dev_001',
  deviceSecret: 'secret-of-dev-001',
  iotId: 'iotIdOfDev001',
  /** Of the same device, in device_table. */
  deviceId: 'SN-0001',
  unactivated: {
    deviceName: 'dev_003',
    deviceSecret: 'secret-of-dev-003',
    iotId: 'iotIdOfDev003',
  },
  /** Of the same device, with which it last signed in over MQTT. */
  clientId: 'a1TestProd01.dev_001|securemode=2,signmethod=hmacsha256|',
  hookToken: 'hook-token-of-events',
  configId: '0123456789abcdef0123456789abcdef',
  accessKeyId: 'MKTestAccessKey01',
  accessKeySecret: 'secret-of-MKTestAccessKey01',
};

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const nowMs = () => EVENTS.nowMs;

/** The real functions over a fresh memory store that holds the device and the access key. */
export async function openFunctions(): Promise<Readonly<Record<string, CloudHandler>>> {
  const store = createMemoryStore({ nowMs });
  const bus = createMemoryBus({ nowMs });
  const tokenKeys = createKeyRing([EVENTS.tokenKey]);
  const randomBytes = (size: number) => Buffer.alloc(size, 7);
  const sealing = createSealing(createKeyRing([EVENTS.sealingKey]), randomBytes);
  const registry = { store, sealing, nowMs, randomBytes };
  await fill(registry);
  const directory = createDeviceDirectory(registry);
  const products = createProductDirectory({ store, nowMs });
  const rate = createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs });
  const seen = store.table('seen');
  const newMessageId = createMessageIdSource({ seen, nowMs, randomInteger: () => 1 });
  const newRequestId = () => 'B0E0F0C0-0000-4000-8000-000000000001';
  const log = quiet;
  const verifyToken = createTokenVerifier(tokenKeys);
  const answers = createStoredAnswers({
    answers: store.table('answers'),
    nowMs,
    waitMs: async () => undefined,
  });
  const downlink = createMemoryDownlink();
  const through = { store, sealing, bus, answers, newMessageId, downlink };
  const ingest = { ...through, directory, products, verifyToken, rate, nowMs, log };
  const shadows = createOwnShadows({ store });
  const parts = { ...registry, ...through, shadows, log };
  return {
    'device-auth': httpFunction(
      () => createDeviceAuth({ store, sealing, tokenKeys, nowMs, log }),
      log,
    ),
    'device-register': httpFunction(() => createDeviceRegister({ store, sealing, log }), log),
    'certificate-distributor': httpFunction(() => {
      const rate = createAddressRate({ seen, nowMs, limitPerMinute: 1, randomInteger: () => 0 });
      const identities = createOwnIdentities({ ...registry, ...through });
      return createCertificateDistributor({ ...registry, identities, rate, log });
    }, log),
    'topic-ingest': httpFunction(() => createTopicIngest(ingest), log),
    'guided-sign-in': httpFunction(() => {
      const mqttAddress = { host: 'iot.example.com', port: 1883 };
      return createGuidedSignIn({ ...registry, tokenKeys, mqttAddress, log });
    }, log),
    'mqtt-auth': httpFunction(() => {
      const rate = createSharedConnectRate({ seen, nowMs, limitPerMinute: 5 });
      return createMqttAuth({ ...registry, ...through, tokenKeys, rate, log });
    }, log),
    'mqtt-uplink': httpFunction(
      () => createMqttUplink({ ...ingest, hookToken: EVENTS.hookToken }),
      log,
    ),
    'remote-config': httpFunction(() => createRemoteConfig({ store, log }), log),
    openapi: httpFunction(() => createOpenapi({ parts, log, newRequestId }), log),
    'shadow-updater': busFunction(() => createShadowUpdater({ shadows, downlink, log, nowMs })),
    'thing-recorder': busFunction(() => createThingRecorder({ store, log, nowMs })),
  };
}

async function fill(registry: Registry): Promise<void> {
  const { store, sealing } = registry;
  const { productKey, productSecret, accessKeyId } = EVENTS;
  const createdAtMs = EVENTS.nowMs - 1000;
  await store.table('products').insert(
    { partition: PRODUCTS_PARTITION, sort: productKey },
    {
      productKey,
      productName: 'events',
      sealedSecret: sealProductSecret(productSecret, productKey, sealing),
      nodeType: 0,
      dataFormat: 1,
      validation: 'weak',
      authType: 'secret',
      netType: 'WIFI',
      aliyunCommodityCode: 'iothub_senior',
      description: '',
      createdAtMs,
      registration: { ...DEFAULT_REGISTRATION, dynamicRegistration: true },
    },
  );
  await importThingModel({ productKey, tslText: JSON.stringify(DEMO_THING_MODEL) }, registry);
  await addDevice(EVENTS, { status: 'ACTIVE', activatedAtMs: createdAtMs }, registry);
  await addDevice(EVENTS.unactivated, { status: 'UNACTIVE', activatedAtMs: null }, registry);
  await saveCertificate({ ...EVENTS, registerTimeMs: createdAtMs }, registry);
  const connection = { clientId: EVENTS.clientId, connectedAtMs: createdAtMs };
  await store.table('mqtt_connections').insert({ partition: EVENTS.iotId }, connection);
  const config = {
    configId: EVENTS.configId,
    content: '{"interval":60}',
    changedAtMs: createdAtMs,
  };
  await store.table('remote_configs').insert({ partition: `config/${EVENTS.configId}` }, config);
  const sealedSecret = sealAccessKeySecret(EVENTS.accessKeySecret, accessKeyId, sealing);
  const key = { partition: ACCESS_KEYS_PARTITION, sort: accessKeyId };
  await store.table('access_keys').insert(key, { sealedSecret, createdAtMs });
}

async function addDevice(
  { deviceName, deviceSecret, iotId }: typeof EVENTS.unactivated,
  state: Pick<DeviceRecord, 'status' | 'activatedAtMs'>,
  { store, sealing }: Registry,
): Promise<void> {
  const { productKey } = EVENTS;
  const createdAtMs = EVENTS.nowMs - 1000;
  const device = {
    productKey,
    deviceName,
    iotId,
    sealedSecret: sealDeviceSecret(deviceSecret, { productKey, deviceName }, sealing),
    nickname: '',
    createdAtMs,
    modifiedAtMs: createdAtMs,
    generation: createdAtMs,
    ...state,
  };
  await store.table('devices').insert({ partition: productKey, sort: deviceName }, device);
  await store.table('device_ids').insert({ partition: iotId }, { productKey, deviceName });
}
