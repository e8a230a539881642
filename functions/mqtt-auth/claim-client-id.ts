import { isDeviceName } from '../../shared/core/devices/register-device.ts';
import { parseMqttClientId } from '../../shared/core/signing/mqtt-client-id.ts';
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
  for (const [named, device] of namesIn(parsed.value.clientId)) {
    if (named === productKey && device === deviceName) continue;
    if (await exists(named, device, store)) return refuse(OF_ANOTHER);
  }
  return ok(undefined);
}

const OF_ANOTHER = {
  kind: 'malformed-request',
  reason: 'the client id is that of another device',
} as const;

/** Product and device at every place where one could end and the other begin, in both orders. */
function namesIn(clientId: string): readonly (readonly [productKey: string, deviceName: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (const { index } of clientId.matchAll(SEPARATOR)) {
    const before = clientId.slice(0, index);
    const behind = clientId.slice(index + 1);
    pairs.push([before, behind], [behind, before]);
  }
  return pairs.filter(([named, device]) => PRODUCT_KEY.test(named) && isDeviceName(device));
}

async function exists(productKey: string, deviceName: string, store: Store): Promise<boolean> {
  const found = await store.table('devices').read({ partition: productKey, sort: deviceName });
  return found !== undefined;
}

const SEPARATOR = /[.&]/g;
const PRODUCT_KEY = /^[A-Za-z0-9_-]{1,32}$/;
