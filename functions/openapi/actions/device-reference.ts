import { findDevice } from '../../../shared/core/devices/find-device.ts';
import type { DeviceReference, Registry } from '../../../shared/core/devices/registry.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import { keyText } from '../decoders.ts';
import { optional, type Parameters, required } from '../parameters.ts';

/**
 * `IotId` wins over `ProductKey` and `DeviceName`; one of both is required (protocol.md 7.2). A gateway
 * beside other devices is named by `GwIotId` and so on.
 */
export function readDeviceReference(
  parameters: Parameters,
  prefix: '' | 'Gw' = '',
): Result<DeviceReference> {
  const iotId = optional(`${prefix}IotId`, keyText)(parameters);
  if (!iotId.ok) return iotId;
  if (iotId.value !== undefined) return ok({ iotId: iotId.value });
  const productKey = required(`${prefix}ProductKey`, keyText)(parameters);
  if (!productKey.ok) return productKey;
  const deviceName = required(`${prefix}DeviceName`, keyText)(parameters);
  if (!deviceName.ok) return deviceName;
  return ok({ productKey: productKey.value, deviceName: deviceName.value });
}

export async function readDevice(
  parameters: Parameters,
  { store }: Registry,
): Promise<Result<DeviceRecord>> {
  const reference = readDeviceReference(parameters);
  return reference.ok ? findDevice(reference.value, store) : reference;
}

/** As readDevice, for what a disabled device is not to get: refuses `device-disabled`. */
export async function readEnabledDevice(
  parameters: Parameters,
  registry: Registry,
): Promise<Result<DeviceRecord>> {
  const device = await readDevice(parameters, registry);
  if (!device.ok || device.value.status !== 'DISABLED') return device;
  const { productKey, deviceName } = device.value;
  return refuse({ kind: 'device-disabled', productKey, deviceName });
}
