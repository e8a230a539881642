import { createHandler as createCertificateDistributor } from '../../../functions/certificate-distributor/handler.ts';
import { createHandler as createDeviceAuth } from '../../../functions/device-auth/handler.ts';
import { createHandler as createDeviceRegister } from '../../../functions/device-register/handler.ts';
import { createHandler as createGuidedSignIn } from '../../../functions/guided-sign-in/handler.ts';
import { createHandler as createMqttAuth } from '../../../functions/mqtt-auth/handler.ts';
import { createHandler as createMqttUplink } from '../../../functions/mqtt-uplink/handler.ts';
import { createHandler as createOpenapi } from '../../../functions/openapi/handler.ts';
import { createHandler as createRemoteConfig } from '../../../functions/remote-config/handler.ts';
import { createHandler as createTopicIngest } from '../../../functions/topic-ingest/handler.ts';
import { createRouter } from '../../../infra/local/routes.ts';
import { type AccessKey, createAccessKey } from '../../../shared/core/access-keys/access-keys.ts';
import { createDeviceDirectory } from '../../../shared/core/devices/device-directory.ts';
import { createOwnIdentities } from '../../../shared/core/devices/own-identities.ts';
import { createLocalConnectRate } from '../../../shared/core/mqtt/connect-rate.ts';
import { createProductDirectory } from '../../../shared/core/products/product-directory.ts';
import { createAddressRate } from '../../../shared/core/rate/address-rate.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../../shared/core/rate/message-rate.ts';
import { createTokenVerifier } from '../../../shared/core/token/token-verifier.ts';
import type { Handler } from '../../../shared/model/http.ts';
import { createMemoryParts, type MemoryParts } from '../../support/memory-parts.ts';
import { prepareFleet, type TestFleet } from './fleet.ts';
import { watchWrites } from './watched-store.ts';

/** The suite behind its router, over memory, and all that a valid request is made of. */
export type Target = {
  handler: Handler;
  parts: MemoryParts;
  fleet: TestFleet;
  accessKey: AccessKey;
  /** `table partition` of every write since the target was made. */
  writes: readonly string[];
};

export async function openTarget(): Promise<Target> {
  const made = createMemoryParts();
  const writes: string[] = [];
  const parts = { ...made, store: watchWrites(made.store, (write) => writes.push(write)) };
  const fleet = await prepareFleet(parts);
  const accessKey = await createAccessKey(parts);
  writes.length = 0;
  return { handler: createSuite(parts), parts, fleet, accessKey, writes };
}

function createSuite(parts: MemoryParts): Handler {
  const { store, tokenKeys, nowMs, log } = parts;
  const directory = createDeviceDirectory(parts);
  let calls = 0;
  const newRequestId = () => {
    calls += 1;
    return `REQUEST-${calls}`;
  };
  return createRouter({
    deviceAuth: createDeviceAuth(parts),
    deviceRegister: createDeviceRegister(parts),
    guidedSignIn: createGuidedSignIn({ ...parts, mqttAddress: { host: 'iot.test', port: 1883 } }),
    certificateDistributor: createCertificateDistributor({
      ...parts,
      identities: createOwnIdentities(parts),
      rate: createAddressRate({
        seen: store.table('seen'),
        nowMs,
        limitPerMinute: 600,
        randomInteger: () => 7,
      }),
    }),
    topicIngest: createTopicIngest({
      ...parts,
      directory,
      products: createProductDirectory({ store, nowMs }),
      verifyToken: createTokenVerifier(tokenKeys),
      rate: createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs }),
    }),
    mqttAuth: createMqttAuth({
      ...parts,
      rate: createLocalConnectRate({ limitPerMinute: 100_000, nowMs }),
    }),
    mqttUplink: createMqttUplink({
      ...parts,
      directory,
      products: createProductDirectory({ store, nowMs }),
      hookToken: 'hook-token-of-nobody',
    }),
    remoteConfig: createRemoteConfig(parts),
    openapi: createOpenapi({ parts, log, newRequestId }),
    metrics: async () => '',
  });
}
