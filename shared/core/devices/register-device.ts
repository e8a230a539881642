import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { PRODUCTS_PARTITION } from '../products/products.ts';
import { randomAlphanumeric, randomHex } from '../random/random-text.ts';
import { addDeviceToIndexes } from './device-indexes.ts';
import { sealDeviceSecret } from './device-secret.ts';
import type { Registry } from './registry.ts';

export type RegisteredDevice = { device: DeviceRecord; deviceSecret: string };

export type NewDevice = { productKey: string; deviceName?: string; nickname?: string };

/**
 * Makes a device with a fresh secret; without a name it gets a random one (protocol.md 7.4).
 * Refuses an unknown product, a name that is taken or malformed (0.7: 4 to 32 of A-Z a-z 0-9 _ - @ . :).
 */
export async function registerDevice(
  wanted: NewDevice,
  registry: Registry,
): Promise<Result<RegisteredDevice>> {
  const { productKey } = wanted;
  const { store, sealing, randomBytes } = registry;
  const deviceName =
    wanted.deviceName ?? randomAlphanumeric(GENERATED_NAME_CHARACTERS, randomBytes);
  if (!DEVICE_NAME.test(deviceName)) {
    return refuse({ kind: 'invalid-parameter', parameter: 'DeviceName', reason: DEVICE_NAME_RULE });
  }
  const product = await store
    .table('products')
    .read({ partition: PRODUCTS_PARTITION, sort: productKey });
  if (!product) return refuse({ kind: 'unknown-product', productKey });

  const deviceSecret = randomHex(DEVICE_SECRET_BYTES, randomBytes);
  const sealedSecret = sealDeviceSecret(deviceSecret, { productKey, deviceName }, sealing);
  const device = newDeviceRecord({ ...wanted, deviceName }, sealedSecret, registry);
  if (!(await store.table('devices').insert({ partition: productKey, sort: deviceName }, device))) {
    return refuse({ kind: 'device-exists', productKey, deviceName });
  }
  await addDeviceToIndexes(device, store);
  return ok({ device, deviceSecret });
}

function newDeviceRecord(
  wanted: NewDevice & { deviceName: string },
  sealedSecret: string,
  { nowMs, randomBytes }: Registry,
): DeviceRecord {
  const createdAtMs = nowMs();
  return {
    productKey: wanted.productKey,
    deviceName: wanted.deviceName,
    iotId: randomAlphanumeric(IOT_ID_CHARACTERS, randomBytes),
    sealedSecret,
    nickname: wanted.nickname ?? '',
    status: 'UNACTIVE',
    activatedAtMs: null,
    createdAtMs,
    modifiedAtMs: createdAtMs,
    generation: Buffer.from(randomBytes(GENERATION_BYTES)).readUIntBE(0, GENERATION_BYTES),
  };
}

const DEVICE_NAME = /^[A-Za-z0-9_\-@.:]{4,32}$/;
const DEVICE_NAME_RULE = '4 to 32 letters, digits and _ - @ . :';
const GENERATED_NAME_CHARACTERS = 20;
const DEVICE_SECRET_BYTES = 16;
const IOT_ID_CHARACTERS = 32;
const GENERATION_BYTES = 6;
