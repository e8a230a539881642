import { createHash } from 'node:crypto';
import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { Store } from '../../ports/table.ts';
import { hasCertificate, readRow, saveCertificate } from '../certificates/certificate-records.ts';
import { findProduct } from '../products/products.ts';
import { upsertRecord } from '../records/update-record.ts';
import { indexById } from './device-indexes.ts';
import { openDeviceSecret } from './device-secret.ts';
import { makeDevice, newIotId } from './register-device.ts';
import type { Registry } from './registry.ts';
import { removeDeviceRecord } from './remove-device-record.ts';

/** One device of a list; `line` is its place in the list. */
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
 * for a malformed name or nickname and for a deviceId that has a certificate already; a refused line
 * leaves no device.
 */
export async function importDevices(
  lines: readonly ImportedLine[],
  parts: ImportParts,
): Promise<readonly Result<DeviceRecord>[]> {
  const known = await findProductKeys(lines, parts.store);
  const inserted = await Promise.all(
    lines.map(async (line) => ({ line, device: await insertDevice(line, known, parts) })),
  );
  // deleteProduct looks for devices after it has removed the product: one of both sees the other.
  const productKeys = await findProductKeys(lines, parts.store);
  return Promise.all(
    inserted.map(({ line, device }) =>
      device.ok ? completeDevice(line, device.value, { productKeys, parts }) : device,
    ),
  );
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

/** Those of the products that there are, each read once. */
export async function findProductKeys(
  lines: readonly Pick<ImportedLine, 'productKey'>[],
  store: Store,
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(lines.map(({ productKey }) => productKey))];
  const found = await Promise.all(wanted.map((productKey) => findProduct(productKey, store)));
  return new Set(found.flatMap((product) => (product.ok ? [product.value.productKey] : [])));
}

/** The device of a line, new or from before a kill; what belongs to it is not yet written. */
async function insertDevice(
  line: ImportedLine,
  productKeys: ReadonlySet<string>,
  parts: ImportParts,
): Promise<Result<DeviceRecord>> {
  const { productKey, deviceName } = line;
  if (!productKeys.has(productKey)) return unknownProduct(productKey);
  const made = makeDevice({ ...line, iotId: iotIdOf(line, parts.importId) }, parts);
  if (!made.ok) return made;
  const { device } = made.value;
  if (await isTaken(line.deviceId, device.iotId, parts)) {
    return takeBack(device, certificateExists(), parts);
  }
  const devices = parts.store.table('devices');
  const key = { partition: productKey, sort: deviceName };
  if (await devices.insert(key, device)) return ok(device);
  const standing = await devices.read(key);
  if (standing?.value.iotId === device.iotId) return ok(standing.value);
  return refuse({ kind: 'device-exists', productKey, deviceName });
}

async function completeDevice(
  { deviceId, productKey }: ImportedLine,
  device: DeviceRecord,
  { productKeys, parts }: { productKeys: ReadonlySet<string>; parts: ImportParts },
): Promise<Result<DeviceRecord>> {
  if (!productKeys.has(productKey)) return takeBack(device, unknownProduct(productKey), parts);
  if (deviceId !== undefined && !(await giveCertificate(deviceId, device, parts))) {
    return takeBack(device, certificateExists(), parts);
  }
  await indexById(device, parts.store);
  return ok(device);
}

/** Looked up first, so that a device is taken back only after a race or a kill. */
async function isTaken(
  deviceId: string | undefined,
  iotId: string,
  { store }: ImportParts,
): Promise<boolean> {
  const row = deviceId === undefined ? undefined : await readRow(deviceId, store);
  return row !== undefined && hasCertificate(row.value) && row.value.iotId !== iotId;
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

/** Before anything else knows of the device; it may be one that a killed run has left. */
async function takeBack<Refused>(
  device: DeviceRecord,
  refused: Refused,
  { store }: ImportParts,
): Promise<Refused> {
  await removeDeviceRecord(device, store);
  return refused;
}

function unknownProduct(productKey: string) {
  return refuse({ kind: 'unknown-product', productKey });
}

function certificateExists() {
  const reason = 'it has a certificate already';
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
