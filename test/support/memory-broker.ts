import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LocalBroker, startBroker } from '../../infra/local/mqtt/broker.ts';
import { createDeviceDirectory } from '../../shared/core/devices/device-directory.ts';
import { createProductDirectory } from '../../shared/core/products/product-directory.ts';
import { createMessageRate, MESSAGES_PER_SECOND } from '../../shared/core/rate/message-rate.ts';
import type { UplinkParts } from '../../shared/core/uplink/uplink.ts';
import { type MqttSignIn, openMqttSignIn } from './mqtt-sign-in.ts';
import { tempFolder } from './temp-folder.ts';

/** The embedded broker over memory: its clock stands still, and its device is `device`. */
export type MemoryBroker = MqttSignIn & {
  broker: LocalBroker;
  mqttAddress: string;
  /** Where it keeps them. */
  sessionsPath: string;
};

/** `changes` are to the parts that take uplinks. Stops with the test. */
export async function startMemoryBroker(changes: Partial<UplinkParts> = {}): Promise<MemoryBroker> {
  const suite = await openMqttSignIn();
  const { parts } = suite;
  const { nowMs, log } = parts;
  const dataDir = tempFolder();
  const mqtt = { host: '127.0.0.1', port: 0, wsPort: 0, connectsPerMinute: 1000 };
  const broker = await startBroker({
    config: { dataDir, sync: 'flush', mqtt },
    connectDevice: suite.connect,
    directory: createDeviceDirectory(parts),
    rate: createMessageRate({ limitPerSecond: MESSAGES_PER_SECOND, nowMs }),
    uplink: { ...parts, products: createProductDirectory(parts), ...changes },
    log,
    nowMs,
  });
  onTestFinished(() => broker.stop());
  const mqttAddress = `127.0.0.1:${broker.port}`;
  return { ...suite, broker, mqttAddress, sessionsPath: join(dataDir, 'mqtt') };
}
