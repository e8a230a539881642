import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { Store } from '../../ports/table.ts';
import { findProduct } from '../products/products.ts';
import { type RandomBytes, randomAlphanumeric, randomHex } from '../random/random-text.ts';
import { addDevicesToIndexes, removeDeviceFromIndexes } from './device-indexes.ts';
import { sealDeviceSecret } from './device-secret.ts';
import { isNickname, NICKNAME_RULE } from './nickname.ts';
import type { Registry } from './registry.ts';
import { removeDeviceRecord } from './remove-device-record.ts';

export type RegisteredDevice = { device: DeviceRecord; deviceSecret: string };

/** A name, secret or iotId that is absent is drawn; an iotId must never have been a device's before. */
export type NewDevice = {
  productKey: string;
  deviceName?: string | undefined;
  nickname?: string | undefined;
  /** Plain. */
  deviceSecret?: string | undefined;
  iotId?: string | undefined;
  /** Made by its own first sign-in over MQTT, see core/mqtt/automatic-login.ts. */
  autoRegistered?: boolean;
  /** The caller tells the bus that it was made, see core/lifecycle. */
  untold?: 'create';
};

/**
 * Registers a device (protocol.md 7.4). Refuses `unknown-product`, `device-exists`, and
 * `invalid-parameter` as makeDevice does.
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
      if (await removeDeviceRecord(device, store)) await removeDeviceFromIndexes(device, store);
    }),
  );
}

/**
 * The record of a device that has yet to sign in. Nothing is stored, and nothing is looked up. Refuses
 * `invalid-parameter` for a malformed name or nickname (protocol.md 0.7, 7.4).
 */
export function makeDevice(wanted: NewDevice, registry: Registry): Result<RegisteredDevice> {
  const { sealing, nowMs, randomBytes } = registry;
  const { productKey, nickname = '', deviceName = newDeviceName(randomBytes) } = wanted;
  if (!isDeviceName(deviceName)) return invalid('DeviceName', DEVICE_NAME_RULE);
  if (!isNickname(nickname)) return invalid('Nickname', NICKNAME_RULE);
  const { deviceSecret = randomHex(DEVICE_SECRET_BYTES, randomBytes) } = wanted;
  const createdAtMs = nowMs();
  const device: DeviceRecord = {
    productKey,
    deviceName,
    iotId: wanted.iotId ?? newIotId(randomBytes),
    sealedSecret: sealDeviceSecret(deviceSecret, { productKey, deviceName }, sealing),
    nickname,
    status: 'UNACTIVE',
    activatedAtMs: null,
    createdAtMs,
    modifiedAtMs: createdAtMs,
    generation: newGeneration(randomBytes),
    ...(wanted.autoRegistered && { autoRegistered: true }),
    ...(wanted.untold && { untold: wanted.untold }),
  };
  return ok({ device, deviceSecret });
}

function invalid(parameter: string, reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter, reason });
}

function taken({ productKey, deviceName }: DeviceRecord): Refusal {
  return refuse({ kind: 'device-exists', productKey, deviceName });
}

/** 4 to 32 of A-Z a-z 0-9 _ - @ . : (protocol.md 0.7). */
export function isDeviceName(text: string): boolean {
  return DEVICE_NAME.test(text);
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
