import type { JsonObject } from '../../../shared/core/alink/json-object.ts';
import { findDevice } from '../../../shared/core/devices/find-device.ts';
import { sendRequest } from '../../../shared/core/downlink/send-request.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { Store } from '../../../shared/ports/table.ts';
import type { ActionParts } from '../action.ts';
import type { Members } from '../envelope.ts';
import { missing } from '../parameters.ts';

type Several = {
  productKey: string;
  names: readonly string[];
  method: string;
  params: JsonObject;
};

/** To none of them unless all exist. Which of them it did not reach, only the log says. */
export async function sendToAll(several: Several, parts: ActionParts): Promise<Result<Members>> {
  const { productKey, names, method, params } = several;
  if (names.length === 0) return missing('DeviceName.N');
  const devices = await findAll(productKey, [...new Set(names)], parts.store);
  if (!devices.ok) return devices;
  const sending = devices.value.map((device) => sendRequest({ device, method, params }, parts));
  for (const sent of await Promise.all(sending)) {
    if (sent.ok) continue;
    if (sent.failure.kind === 'payload-too-large') return sent;
    parts.log.info({ productKey, method, refused: sent.failure }, 'request reaches nobody');
  }
  return ok({});
}

async function findAll(
  productKey: string,
  names: readonly string[],
  store: Store,
): Promise<Result<readonly DeviceRecord[]>> {
  const devices: DeviceRecord[] = [];
  const finding = names.map((deviceName) => findDevice({ productKey, deviceName }, store));
  for (const found of await Promise.all(finding)) {
    if (!found.ok) return found;
    devices.push(found.value);
  }
  return ok(devices);
}
