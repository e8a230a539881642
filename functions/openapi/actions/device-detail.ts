import { openDeviceSecret } from '../../../shared/core/devices/device-secret.ts';
import type { Registry } from '../../../shared/core/devices/registry.ts';
import { firmwareVersion } from '../../../shared/core/firmware/firmware.ts';
import { gmtTime, utcTime } from '../../../shared/core/openapi/api-times.ts';
import { findPresence } from '../../../shared/core/openapi/device-presence.ts';
import type { DeviceRecord } from '../../../shared/model/device.ts';
import type { ProductRecord } from '../../../shared/model/product.ts';

/** Where the platform's samples are; clients only show it. */
const REGION = 'cn-shanghai';

/** What BatchQueryDeviceDetail shows of a device (protocol.md 7.3). */
export async function batchDetail(device: DeviceRecord, product: ProductRecord, parts: Registry) {
  const {
    GmtOnline: _,
    UtcOnline: __,
    IpAddress: ___,
    ...shared
  } = await timedDetail(device, product, parts);
  return shared;
}

/** What QueryDeviceDetail shows. */
export async function fullDetail(device: DeviceRecord, product: ProductRecord, parts: Registry) {
  return { ...(await timedDetail(device, product, parts)), Owner: true };
}

async function timedDetail(device: DeviceRecord, product: ProductRecord, parts: Registry) {
  const [presence, firmware] = await Promise.all([
    findPresence(device, parts.store, parts.nowMs()),
    firmwareVersion(device.iotId, parts.store),
  ]);
  return {
    DeviceName: device.deviceName,
    DeviceSecret: openDeviceSecret(device, parts.sealing),
    FirmwareVersion: firmware,
    GmtActive: gmtTime(device.activatedAtMs),
    GmtCreate: gmtTime(device.createdAtMs),
    GmtOnline: gmtTime(presence.onlineAtMs),
    IotId: device.iotId,
    IpAddress: presence.clientIp,
    Nickname: device.nickname,
    NodeType: product.nodeType,
    ProductKey: device.productKey,
    ProductName: product.productName,
    Region: REGION,
    Status: presence.status,
    UtcActive: utcTime(device.activatedAtMs),
    UtcCreate: utcTime(device.createdAtMs),
    UtcOnline: utcTime(presence.onlineAtMs),
  };
}
