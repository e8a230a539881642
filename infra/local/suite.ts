import { randomUUID } from 'node:crypto';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { createHandler as createDeviceRegister } from '../../functions/device-register/handler.ts';
import { createHandler as createGuidedSignIn } from '../../functions/guided-sign-in/handler.ts';
import { createHandler as createMqttAuth } from '../../functions/mqtt-auth/handler.ts';
import { createHandler as createMqttUplink } from '../../functions/mqtt-uplink/handler.ts';
import { createHandler as createOpenapi } from '../../functions/openapi/handler.ts';
import { createHandler as createRemoteConfig } from '../../functions/remote-config/handler.ts';
import { createHandler as createTopicIngest } from '../../functions/topic-ingest/handler.ts';
import { createLocalConnectRate } from '../../shared/core/mqtt/connect-rate.ts';
import { createTokenVerifier } from '../../shared/core/token/token-verifier.ts';
import type { Handler } from '../../shared/model/http.ts';
import type { Downlink } from '../../shared/ports/downlink.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { openShadows } from '../../shared/runtime/open-shadows.ts';
import { createCertificateDistributor } from './certificate-distributor.ts';
import type { Metrics } from './metrics.ts';
import { createRouter } from './routes.ts';
import type { Shared } from './shared-parts.ts';

type SuiteOptions = {
  shared: Shared;
  downlink: Downlink;
  metrics: Metrics;
  config: Config;
  /** Where devices reach the broker. */
  mqttAddress: { host: string; port: number };
};

/** Every function that answers HTTP, each wired as its index.ts wires it in a cloud, on one set of parts. */
export function createSuite(options: SuiteOptions): Handler {
  const { shared, downlink, metrics, config, mqttAddress } = options;
  const { base, uplink, directory, rate } = shared;
  const { log } = base;
  const { counted } = metrics;
  return createRouter({
    deviceAuth: counted('device-auth', createDeviceAuth(base)),
    deviceRegister: counted('device-register', createDeviceRegister(base)),
    guidedSignIn: counted('guided-sign-in', createGuidedSignIn({ ...base, mqttAddress })),
    certificateDistributor: counted(
      'certificate-distributor',
      createCertificateDistributor(shared, config),
    ),
    topicIngest: counted(
      'topic-ingest',
      createTopicIngest({
        ...uplink,
        directory,
        rate,
        verifyToken: createTokenVerifier(base.tokenKeys),
        log,
      }),
    ),
    mqttAuth: counted(
      'mqtt-auth',
      createMqttAuth({
        ...base,
        newMessageId: uplink.newMessageId,
        rate: createLocalConnectRate({
          limitPerMinute: config.mqtt.connectsPerMinute,
          nowMs: base.nowMs,
        }),
        hookToken: config.brokers.hookToken,
      }),
    ),
    mqttUplink: counted(
      'mqtt-uplink',
      createMqttUplink({
        ...uplink,
        directory,
        downlink,
        hookToken: config.brokers.hookToken,
        log,
      }),
    ),
    remoteConfig: counted('remote-config', createRemoteConfig(base)),
    openapi: counted(
      'openapi',
      createOpenapi({
        parts: { ...base, ...uplink, downlink, shadows: openShadows({ ...base, config }) },
        log,
        newRequestId: () => randomUUID().toUpperCase(),
      }),
    ),
    metrics: metrics.text,
  });
}
