import { openDeviceSecret } from '../../../shared/core/devices/device-secret.ts';
import { findDevices } from '../../../shared/core/devices/find-device.ts';
import { isDeviceName } from '../../../shared/core/devices/register-device.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { gmtTime, utcTime } from '../../../shared/core/openapi/api-times.ts';
import { findPresence } from '../../../shared/core/openapi/device-presence.ts';
import { listDevices } from '../../../shared/core/openapi/list-devices.ts';
import { countDevicesOf, findProduct } from '../../../shared/core/products/products.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, keyText } from '../decoders.ts';
import { type Decode, list, missing, optional, readAll, required } from '../parameters.ts';
import { batchDetail } from './device-detail.ts';
import { DEVICE_PAGE } from './device-page.ts';

const MOST_QUERIED_DEVICES = 100;

/** `NextToken` is the last device's name, wrapped so that nobody builds one. */
const encodeNextToken = (deviceName: string): string =>
  Buffer.from(deviceName).toString('base64url');

const nextToken: Decode<string> = (text) => {
  const deviceName = keyText(Buffer.from(text, 'base64url').toString('utf8'));
  return 'value' in deviceName ? deviceName : { reason: 'not one of ours' };
};

const queryDevice: Action = async (parameters, registry) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      ...DEVICE_PAGE,
      afterDeviceName: optional('NextToken', nextToken),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, page, pageSize, afterDeviceName } = read.value;
  const { store } = registry;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const where = afterDeviceName === undefined ? { page } : { afterDeviceName };
  const listed = await listDevices({ productKey, pageSize, ...where }, store);
  if (!listed.ok) return listed;
  const { devices, nextAfter } = listed.value;
  const total = await countDevicesOf(productKey, store);
  return ok({
    Data: { DeviceInfo: await Promise.all(devices.map((device) => deviceInfo(device, registry))) },
    NextToken: nextAfter === undefined ? '' : encodeNextToken(nextAfter),
    Page: page,
    PageCount: Math.ceil(total / pageSize),
    PageSize: pageSize,
    Total: total,
  });
};

async function deviceInfo(device: DeviceRecord, { store, sealing, nowMs }: Registry) {
  const { status } = await findPresence(device, store, nowMs());
  return {
    DeviceId: device.iotId,
    DeviceName: device.deviceName,
    DeviceSecret: openDeviceSecret(device, sealing),
    DeviceStatus: status,
    DeviceType: '',
    GmtCreate: gmtTime(device.createdAtMs),
    GmtModified: gmtTime(device.modifiedAtMs),
    IotId: device.iotId,
    Nickname: device.nickname,
    ProductKey: device.productKey,
    UtcCreate: utcTime(device.createdAtMs),
    UtcModified: utcTime(device.modifiedAtMs),
  };
}

/** Names under which there is no device are left out, and each is answered once (protocol.md 7.4). */
const batchQueryDeviceDetail: Action = async (parameters, registry) => {
  const read = readAll({ productKey: required('ProductKey', keyText), names }, parameters);
  if (!read.ok) return read;
  const { productKey } = read.value;
  if (read.value.names.length === 0) return missing('DeviceName.N');
  const deviceNames = [...new Set(read.value.names)].filter(isDeviceName);
  const product = await findProduct(productKey, registry.store);
  if (!product.ok) return product;
  const devices = await findDevices(productKey, deviceNames, registry.store);
  const details = devices.map((device) => batchDetail(device, product.value, registry));
  return ok({ Data: { Data: await Promise.all(details) } });
};

const names = list('DeviceName', MOST_QUERIED_DEVICES, (itemName) => required(itemName, anyText));

export const deviceListActions: Actions = {
  QueryDevice: queryDevice,
  BatchQueryDeviceDetail: batchQueryDeviceDetail,
};
