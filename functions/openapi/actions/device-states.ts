import { findDevice, findDevices } from '../../../shared/core/devices/find-device.ts';
import { findPresence } from '../../../shared/core/openapi/device-presence.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { keyText } from '../decoders.ts';
import { list, missing, type Parameters, required } from '../parameters.ts';

const MOST_DEVICES = 50;

/** Devices that are not there are left out (protocol.md 7.4). */
const batchGetDeviceState: Action = async (parameters, parts) => {
  const devices = await readDevices(parameters, parts);
  if (!devices.ok) return devices;
  const states = devices.value.map((device) => stateOf(device, parts));
  return ok({ DeviceStatusList: { DeviceStatus: await Promise.all(states) } });
};

const readIotIds = list('IotId', MOST_DEVICES, (itemName) => required(itemName, keyText));
const readNames = list('DeviceName', MOST_DEVICES, (itemName) => required(itemName, keyText));

/** By `IotId.N`, which wins, or by `DeviceName.N` of one product. */
async function readDevices(
  parameters: Parameters,
  { store }: ActionParts,
): Promise<Result<readonly DeviceRecord[]>> {
  const iotIds = readIotIds(parameters);
  if (!iotIds.ok) return iotIds;
  if (iotIds.value.length > 0) {
    const finding = [...new Set(iotIds.value)].map((iotId) => findDevice({ iotId }, store));
    const found = await Promise.all(finding);
    return ok(found.flatMap((device) => (device.ok ? [device.value] : [])));
  }
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const names = readNames(parameters);
  if (!names.ok) return names;
  if (names.value.length === 0) return missing('DeviceName.N');
  return ok(await findDevices(productKey.value, [...new Set(names.value)], store));
}

async function stateOf(device: DeviceRecord, { store, nowMs }: ActionParts) {
  const { status, onlineAtMs, clientIp } = await findPresence(device, store, nowMs());
  return {
    AsAddress: clientIp,
    DeviceId: device.iotId,
    DeviceName: device.deviceName,
    IotId: device.iotId,
    LastOnlineTime: onlineAtMs === null ? '' : String(onlineAtMs),
    Status: status,
  };
}

export const deviceStateActions: Actions = { BatchGetDeviceState: batchGetDeviceState };
