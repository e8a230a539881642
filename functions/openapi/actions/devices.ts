import {
  deleteDevice,
  disableDevice,
  enableDevice,
} from '../../../shared/core/devices/change-device.ts';
import { registerDevice } from '../../../shared/core/devices/register-device.ts';
import { findPresence } from '../../../shared/core/openapi/device-presence.ts';
import { findProduct } from '../../../shared/core/products/products.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, keyText, secretText } from '../decoders.ts';
import { optional, readAll, required } from '../parameters.ts';
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
  const registered = await registerDevice(read.value, registry);
  if (!registered.ok) return registered;
  const { device, deviceSecret } = registered.value;
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
  DeleteDevice: disconnecting(deleteDevice),
};
