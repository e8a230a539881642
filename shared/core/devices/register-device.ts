import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { Store } from '../../ports/table.ts';
import { findProduct } from '../products/products.ts';
import { type RandomBytes, randomAlphanumeric, randomHex } from '../random/random-text.ts';
import { addDevicesToIndexes, removeDeviceFromIndexes } from './device-indexes.ts';
import { sealDeviceSecret } from './device-secret.ts';
import type { Registry } from './registry.ts';

export type RegisteredDevice = { device: DeviceRecord; deviceSecret: string };

/** A name or an iotId that is absent is drawn; an iotId must never have been a device's before. */
export type NewDevice = {
  productKey: string;
  deviceName?: string;
  nickname?: string;
  iotId?: string;
};

/**
 * Makes a device with a fresh secret; without a name it gets a random one (protocol.md 7.4).
 * Refuses an unknown product, a name that is taken or malformed (0.7: 4 to 32 of A-Z a-z 0-9 _ - @ . :).
 */
export async function registerDevice(
  { productKey, ...wanted }: NewDevice,
  registry: Registry,
): Promise<Result<RegisteredDevice>> {
  const registered = await registerDevices(productKey, [wanted], registry);
  if (!registered.ok) return registered;
  const [only] = registered.value;
  if (!only) throw new Error('one device was asked for, and none was answered');
  return only;
}

/**
 * As registerDevice, for some thousand devices of a product at once: every one stands or falls
 * alone, in the order asked for, and the product is read and its devices are counted once.
 */
export async function registerDevices(
  productKey: string,
  wanted: readonly Omit<NewDevice, 'productKey'>[],
  registry: Registry,
): Promise<Result<readonly Result<RegisteredDevice>[]>> {
  const product = await findProduct(productKey, registry.store);
  if (!product.ok) return product;
  const made = wanted.map((device) => makeDevice({ ...device, productKey }, registry));
  const added = await addDevices(
    made.flatMap((device) => (device.ok ? [device.value.device] : [])),
    registry.store,
  );
  // deleteProduct looks for devices after it has removed the product: one of both sees the other.
  const remaining = await findProduct(productKey, registry.store);
  if (!remaining.ok) {
    await takeBack(added, registry.store);
    return remaining;
  }
  return ok(
    made.map((result) =>
      result.ok && !added.has(result.value.device) ? taken(result.value.device) : result,
    ),
  );
}

/**
 * Stores whole records of devices of one product, as they are, and indexes them. Returns those
 * that are new; under the names of the others stands a device already. A fault of one insert leaves
 * the others as they are, unindexed until rebuildDeviceIndexes.
 */
export async function addDevices(
  devices: readonly DeviceRecord[],
  store: Store,
): Promise<ReadonlySet<DeviceRecord>> {
  const table = store.table('devices');
  const inserted = await Promise.all(
    devices.map((device) =>
      table.insert({ partition: device.productKey, sort: device.deviceName }, device),
    ),
  );
  const added = devices.filter((_, index) => inserted[index]);
  await addDevicesToIndexes(added, store);
  return new Set(added);
}

async function takeBack(devices: ReadonlySet<DeviceRecord>, store: Store): Promise<void> {
  await Promise.all(
    [...devices].map(async (device) => {
      const { productKey, deviceName } = device;
      await store.table('devices').remove({ partition: productKey, sort: deviceName });
      await removeDeviceFromIndexes(device, store);
    }),
  );
}

function makeDevice(wanted: NewDevice, registry: Registry): Result<RegisteredDevice> {
  const { sealing, randomBytes } = registry;
  const { productKey } = wanted;
  const deviceName = wanted.deviceName ?? newDeviceName(randomBytes);
  if (!isDeviceName(deviceName)) {
    return refuse({ kind: 'invalid-parameter', parameter: 'DeviceName', reason: DEVICE_NAME_RULE });
  }
  const deviceSecret = randomHex(DEVICE_SECRET_BYTES, randomBytes);
  const sealedSecret = sealDeviceSecret(deviceSecret, { productKey, deviceName }, sealing);
  const device = newDeviceRecord({ ...wanted, deviceName }, sealedSecret, registry);
  return ok({ device, deviceSecret });
}

function taken({ productKey, deviceName }: DeviceRecord): Refusal {
  return refuse({ kind: 'device-exists', productKey, deviceName });
}

/** 4 to 32 of A-Z a-z 0-9 _ - @ . : (protocol.md 0.7). */
export function isDeviceName(text: string): boolean {
  return DEVICE_NAME.test(text);
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
    iotId: wanted.iotId ?? newIotId(randomBytes),
    sealedSecret,
    nickname: wanted.nickname ?? '',
    status: 'UNACTIVE',
    activatedAtMs: null,
    createdAtMs,
    modifiedAtMs: createdAtMs,
    generation: newGeneration(randomBytes),
  };
}

export const newDeviceName = (randomBytes: RandomBytes): string =>
  randomAlphanumeric(GENERATED_NAME_CHARACTERS, randomBytes);

export const newIotId = (randomBytes: RandomBytes): string =>
  randomAlphanumeric(IOT_ID_CHARACTERS, randomBytes);

/** Of DeviceRecord.generation. */
export function newGeneration(randomBytes: RandomBytes): number {
  return Buffer.from(randomBytes(GENERATION_BYTES)).readUIntBE(0, GENERATION_BYTES);
}

const DEVICE_NAME = /^[A-Za-z0-9_\-@.:]{4,32}$/;
export const DEVICE_NAME_RULE = '4 to 32 letters, digits and _ - @ . :';
const GENERATED_NAME_CHARACTERS = 20;
const DEVICE_SECRET_BYTES = 16;
const IOT_ID_CHARACTERS = 32;
const GENERATION_BYTES = 6;
