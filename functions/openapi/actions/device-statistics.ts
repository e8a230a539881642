import { openDeviceSecret } from '../../../shared/core/devices/device-secret.ts';
import type { DeviceStatus } from '../../../shared/core/devices/device-status.ts';
import { findDevices } from '../../../shared/core/devices/find-device.ts';
import { gmtTime, utcTime } from '../../../shared/core/openapi/api-times.ts';
import { countDevices } from '../../../shared/core/openapi/device-statuses.ts';
import { findProduct, PRODUCTS_PARTITION } from '../../../shared/core/products/products.ts';
import { walkPartition } from '../../../shared/core/records/walk-partition.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { Action, Actions, CallParts } from '../action.ts';
import { keyText, oneOf } from '../decoders.ts';
import { optional, readAll, required } from '../parameters.ts';
import { DEVICE_PAGE } from './device-page.ts';

/** Of one product, or of all together. */
const queryDeviceStatistics: Action = async (parameters, parts) => {
  const readers = {
    productKey: optional('ProductKey', keyText),
    groupId: optional('GroupId', keyText),
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { productKey, groupId } = read.value;
  if (groupId !== undefined) return NO_DEVICE_GROUPS;
  const products = await productKeys(productKey, parts);
  if (!products.ok) return products;
  const sum = { activeCount: 0, deviceCount: 0, onlineCount: 0 };
  for (const key of products.value) {
    const statuses = await parts.statusesOf(key);
    sum.activeCount += statuses.activated;
    sum.deviceCount += countDevices(statuses);
    sum.onlineCount += statuses.names.ONLINE.length;
  }
  return ok({ Data: sum });
};

const NO_DEVICE_GROUPS = refuse({
  kind: 'invalid-parameter',
  parameter: 'GroupId',
  reason: 'there are no groups of devices here',
});

async function productKeys(
  productKey: string | undefined,
  { store }: CallParts,
): Promise<Result<readonly string[]>> {
  if (productKey !== undefined) {
    const product = await findProduct(productKey, store);
    return product.ok ? ok([productKey]) : product;
  }
  const keys: string[] = [];
  for await (const { sort } of walkPartition(store.table('products'), PRODUCTS_PARTITION)) {
    keys.push(sort);
  }
  return ok(keys);
}

/** What is asked for by number and shown in words (protocol.md 7.2). */
const STATUSES: Readonly<Record<string, DeviceStatus>> = {
  '0': 'UNACTIVE',
  '1': 'ONLINE',
  '3': 'OFFLINE',
  '8': 'DISABLE',
};

const queryDeviceByStatus: Action = async (parameters, parts) => {
  const readers = {
    productKey: required('ProductKey', keyText),
    status: required('Status', oneOf(STATUSES)),
    ...DEVICE_PAGE,
  };
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { productKey, status, page, pageSize } = read.value;
  const product = await findProduct(productKey, parts.store);
  if (!product.ok) return product;
  const names = (await parts.statusesOf(productKey)).names[status];
  const shown = names.slice((page - 1) * pageSize, page * pageSize);
  const devices = await findDevices(productKey, shown, parts.store);
  return ok({
    Data: { SimpleDeviceInfo: devices.map((device) => simpleInfo(device, status, parts)) },
    Page: page,
    PageCount: Math.ceil(names.length / pageSize),
    PageSize: pageSize,
    Total: names.length,
  });
};

function simpleInfo(device: DeviceRecord, status: DeviceStatus, { sealing }: CallParts) {
  return {
    DeviceName: device.deviceName,
    DeviceSecret: openDeviceSecret(device, sealing),
    GmtCreate: gmtTime(device.createdAtMs),
    GmtModified: gmtTime(device.modifiedAtMs),
    IotId: device.iotId,
    Nickname: device.nickname,
    ProductKey: device.productKey,
    Status: status,
    UtcCreate: utcTime(device.createdAtMs),
    UtcModified: utcTime(device.modifiedAtMs),
  };
}

export const deviceStatisticsActions: Actions = {
  QueryDeviceStatistics: queryDeviceStatistics,
  QueryDeviceByStatus: queryDeviceByStatus,
};
