import { randomBytes } from 'node:crypto';
import { createConnectDevice } from '../../../shared/core/mqtt/connect-device.ts';
import { createLocalConnectRate } from '../../../shared/core/mqtt/connect-rate.ts';
import type { ConnectDevice } from '../../../shared/core/mqtt/connection.ts';
import type { Config } from '../../../shared/runtime/config.ts';
import type { Shared } from '../shared-parts.ts';

/** Sign-in to the embedded broker, which is one process and can push what a registration gives. */
export function openConnectDevice(
  { base, uplink }: Shared,
  { mqtt }: Pick<Config, 'mqtt'>,
): ConnectDevice {
  const { newMessageId } = uplink;
  const rate = createLocalConnectRate({
    limitPerMinute: mqtt.connectsPerMinute,
    nowMs: base.nowMs,
  });
  return createConnectDevice({ ...base, newMessageId, randomBytes, rate, canPush: true });
}
