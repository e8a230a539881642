import { findDevice } from '../../shared/core/devices/find-device.ts';
import { isDeviceName } from '../../shared/core/devices/register-device.ts';
import { parseMqttClientId } from '../../shared/core/signing/mqtt-client-id.ts';
import type { MqttUsername } from '../../shared/core/signing/mqtt-username.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../shared/model/failure.ts';
import type { Store } from '../../shared/ports/table.ts';

/**
 * Brokers of others keep sessions by client id alone: under another device's, a device would get its
 * subscriptions and its messages. Those of the SDKs can be guessed, for they name product and device in
 * one order or the other (protocol.md 3.4). Refuses, as `malformed-request`, one that names a device
 * which there is and which is not this one.
 */
export async function claimClientId(
  whole: string,
  { productKey, deviceName }: DeviceRecord,
  store: Store,
): Promise<Result<void>> {
  const parsed = parseMqttClientId(whole);
  if (!parsed.ok) return parsed;
  for (const named of namesIn(parsed.value.clientId)) {
    if (named.productKey === productKey && named.deviceName === deviceName) continue;
    const found = await findDevice(named, store);
    if (found.ok) return refuse(OF_ANOTHER);
  }
  return ok(undefined);
}

const OF_ANOTHER = {
  kind: 'malformed-request',
  reason: 'the client id is that of another device',
} as const;

/** Product and device at every place where one could end and the other begin, in both orders. */
function namesIn(clientId: string): readonly MqttUsername[] {
  const names: MqttUsername[] = [];
  for (const { index } of clientId.matchAll(SEPARATOR)) {
    const before = clientId.slice(0, index);
    const behind = clientId.slice(index + 1);
    names.push({ productKey: before, deviceName: behind });
    names.push({ productKey: behind, deviceName: before });
  }
  return names.filter(
    ({ productKey, deviceName }) => PRODUCT_KEY.test(productKey) && isDeviceName(deviceName),
  );
}

const SEPARATOR = /[.&]/g;
const PRODUCT_KEY = /^[A-Za-z0-9_-]{1,32}$/;
