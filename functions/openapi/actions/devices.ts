import { disableDevice, enableDevice } from '../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../../shared/core/devices/register-device.ts';
import { tellLifecycle } from '../../../shared/core/lifecycle/tell-lifecycle.ts';
import { findPresence } from '../../../shared/core/openapi/device-presence.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { type Failure, ok } from '../../../shared/model/failure.ts';
import type { Action, ActionParts, Actions } from '../action.ts';
import { anyText, keyText, secretText } from '../decoders.ts';
import { optional, readAll, required } from '../parameters.ts';
import { deleteDeviceAction } from './delete-device.ts';
import { changing, disconnecting } from './device-changes.ts';
import { fullDetail } from './device-detail.ts';
import { readDevice } from './device-reference.ts';

const registerDeviceAction: Action = async (parameters, registry) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      deviceName: optional('DeviceName', keyText),
      nickname: optional('Nickname', anyText),
      // Mooring's own, for a secret that is in the device already.
      deviceSecret: optional('DeviceSecret', secretText),
    },
    parameters,
  );
  if (!read.ok) return read;
  const registered = await registerDevice({ ...read.value, untold: 'create' }, registry);
  if (!registered.ok) {
    await tellStanding(registered.failure, registry);
    return registered;
  }
  const { device, deviceSecret } = registered.value;
  await tellLifecycle(device, 'api', registry);
  const data = {
    DevEui: '',
    DeviceName: device.deviceName,
    DeviceSecret: deviceSecret,
    IotId: device.iotId,
    JoinEui: '',
    Nickname: device.nickname,
    ProductKey: device.productKey,
  };
  return ok({ Data: data });
};

/** The call that made the device may have ended before it told the bus: who asks again has it told. */
async function tellStanding(failure: Failure, parts: ActionParts): Promise<void> {
  if (failure.kind !== 'device-exists') return;
  const standing = await findDevice(failure, parts.store);
  if (standing.ok) await tellLifecycle(standing.value, 'api', parts);
}

const queryDeviceDetail: Action = async (parameters, registry) => {
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const device = found.value;
  const product = await findProduct(device.productKey, registry.store);
  if (!product.ok) return product;
  return ok({ Data: await fullDetail(device, product.value, registry) });
};

const getDeviceStatus: Action = async (parameters, registry) => {
  const found = await readDevice(parameters, registry);
  if (!found.ok) return found;
  const { status, sinceMs } = await findPresence(found.value, registry.store, registry.nowMs());
  return ok({ Data: { Status: status, Timestamp: sinceMs } });
};

export const deviceActions: Actions = {
  RegisterDevice: registerDeviceAction,
  QueryDeviceDetail: queryDeviceDetail,
  GetDeviceStatus: getDeviceStatus,
  DisableThing: disconnecting(disableDevice),
  EnableThing: changing(enableDevice),
  DeleteDevice: deleteDeviceAction,
};
