import { createHash } from 'node:crypto';
import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import { hasCertificate, readRow, saveCertificate } from '../certificates/certificate-records.ts';
import { findProduct } from '../products/products.ts';
import { randomHex } from '../random/random-text.ts';
import { upsertRecord } from '../records/update-record.ts';
import { indexById } from './device-indexes.ts';
import { openDeviceSecret, sealDeviceSecret } from './device-secret.ts';
import { newGeneration, newIotId } from './register-device.ts';
import type { Registry } from './registry.ts';

/** One device of a list, checked already; `line` is its place in the list. */
export type ImportedLine = {
  line: number;
  productKey: string;
  deviceName: string;
  nickname: string;
  /** Plain; absent: drawn. */
  deviceSecret?: string;
  /** Its certificate is then kept in device_table too. */
  deviceId?: string;
};

/** `importId` is of one import of one list, however often it is interrupted. */
export type ImportParts = Registry & { importId: string };

/**
 * Registers devices, each of which stands or falls alone; the answers are in the order of `lines`.
 * The iotId follows from the import and the line, so that a line which comes again after a kill finds
 * its own device and takes it as registered, while any other device of its name stays in the way.
 * Counts are for countImported. Refuses `unknown-product`, `device-exists`, and `invalid-parameter`
 * for a deviceId that has a certificate already.
 */
export function importDevices(
  lines: readonly ImportedLine[],
  parts: ImportParts,
): Promise<readonly Result<DeviceRecord>[]> {
  return Promise.all(lines.map((line) => importDevice(line, parts)));
}

/**
 * Sets how many devices an import has brought its product up to now, beside the counts of
 * device-indexes.ts. The sum and not the step, so that counting a batch again after a kill changes
 * nothing.
 */
export async function countImported(
  productKey: string,
  devices: number,
  { store, importId }: Pick<ImportParts, 'store' | 'importId'>,
): Promise<void> {
  const key = { partition: productKey, sort: `import-${importId}` };
  await upsertRecord(store.table('product_counts'), key, () => ({ devices }));
}

async function importDevice(line: ImportedLine, parts: ImportParts): Promise<Result<DeviceRecord>> {
  const { store } = parts;
  const product = await findProduct(line.productKey, store);
  if (!product.ok) return product;
  const iotId = iotIdOf(line, parts.importId);
  if (await isTaken(line.deviceId, iotId, parts)) return certificateExists();
  const device = await insertDevice(line, iotId, parts);
  if (!device.ok) return device;
  // deleteProduct looks for devices after it has removed the product: one of both sees the other.
  const remaining = await findProduct(line.productKey, store);
  if (!remaining.ok) return takeBack(device.value, remaining, parts);
  if (line.deviceId !== undefined && !(await giveCertificate(line.deviceId, device.value, parts))) {
    return takeBack(device.value, certificateExists(), parts);
  }
  await indexById(device.value, store);
  return device;
}

/** Looked up first, so that a device is taken back only after a race. */
async function isTaken(
  deviceId: string | undefined,
  iotId: string,
  { store }: ImportParts,
): Promise<boolean> {
  const row = deviceId === undefined ? undefined : await readRow(deviceId, store);
  return row !== undefined && hasCertificate(row.value) && row.value.iotId !== iotId;
}

async function insertDevice(
  line: ImportedLine,
  iotId: string,
  parts: ImportParts,
): Promise<Result<DeviceRecord>> {
  const { productKey, deviceName } = line;
  const devices = parts.store.table('devices');
  const key = { partition: productKey, sort: deviceName };
  const device = newDevice(line, iotId, parts);
  if (await devices.insert(key, device)) return ok(device);
  const standing = await devices.read(key);
  if (standing?.value.iotId === iotId) return ok(standing.value);
  return refuse({ kind: 'device-exists', productKey, deviceName });
}

function newDevice(line: ImportedLine, iotId: string, parts: ImportParts): DeviceRecord {
  const { productKey, deviceName, nickname } = line;
  const { sealing, randomBytes, nowMs } = parts;
  const deviceSecret = line.deviceSecret ?? randomHex(DEVICE_SECRET_BYTES, randomBytes);
  const createdAtMs = nowMs();
  return {
    productKey,
    deviceName,
    iotId,
    sealedSecret: sealDeviceSecret(deviceSecret, line, sealing),
    nickname,
    status: 'UNACTIVE',
    activatedAtMs: null,
    createdAtMs,
    modifiedAtMs: createdAtMs,
    generation: newGeneration(randomBytes),
  };
}

/** False if the deviceId has the certificate of another device. */
async function giveCertificate(
  deviceId: string,
  device: DeviceRecord,
  { store, sealing }: ImportParts,
): Promise<boolean> {
  const { productKey, deviceName, iotId, createdAtMs } = device;
  const deviceSecret = openDeviceSecret(device, sealing);
  const entry = { deviceId, productKey, deviceName, deviceSecret, iotId };
  const saved = await saveCertificate(
    { ...entry, registerTimeMs: createdAtMs },
    { store, sealing },
  );
  if (saved === 'saved') return true;
  const row = await readRow(deviceId, store);
  return row?.value.iotId === iotId;
}

/** Before anything else knows of the device. */
async function takeBack<Refused>(
  { productKey, deviceName }: DeviceRecord,
  refused: Refused,
  { store }: ImportParts,
): Promise<Refused> {
  await store.table('devices').remove({ partition: productKey, sort: deviceName });
  return refused;
}

function certificateExists() {
  const reason = 'it has the certificate of another device already';
  return refuse({ kind: 'invalid-parameter', parameter: 'deviceId', reason });
}

function iotIdOf({ line, productKey, deviceName }: ImportedLine, importId: string): string {
  let calls = 0;
  return newIotId((size) => {
    calls += 1;
    const seed = `${importId}/${line}/${productKey}/${deviceName}/${calls}`;
    return createHash('shake256', { outputLength: size }).update(seed).digest();
  });
}

const DEVICE_SECRET_BYTES = 16;
