import type { CertificateRecord } from '../../model/tables.ts';
import type { DeviceIdentity } from '../../ports/device-identities.ts';
import type { Store, Versioned } from '../../ports/table.ts';
import { isSealed, type Sealing } from '../sealing/sealing.ts';

/** A device's certificate under the id that its owner knows it by: a serial number, a MAC. */
export type CertificateEntry = DeviceIdentity & { deviceId: string; registerTimeMs: number };

export type CertificateParts = { store: Store; sealing: Sealing };

/** A row of device_table as it stands; undefined if there is none, or one that is being written for the first time. */
export type FoundRow = Versioned<CertificateRecord> | undefined;

export function readRow(deviceId: string, store: Store): Promise<FoundRow> {
  return store.table('device_table').read({ partition: deviceId });
}

/** True for a row that names a device and has its secret. */
export function hasCertificate(
  row: CertificateRecord,
): row is CertificateRecord & { productKey: string; deviceName: string; deviceSecret: string } {
  return Boolean(row.productKey && row.deviceName && row.deviceSecret);
}

/** Makes a row without a certificate. False, and nothing changed, if the deviceId has a row. */
export function reserveRow(
  deviceId: string,
  names: { productKey: string; deviceName: string },
  store: Store,
): Promise<boolean> {
  const row = { registerTime: null, activateTime: null, deviceSecret: null, iotId: null };
  return store.table('device_table').insert({ partition: deviceId }, { ...row, ...names });
}

/**
 * Gives a deviceId its certificate, in a new row or in one that has none yet and names no other
 * product or device. `exists`, and nothing changed, if the row has a certificate or names another.
 */
export async function saveCertificate(
  entry: CertificateEntry,
  parts: CertificateParts,
): Promise<'saved' | 'exists'> {
  for (;;) {
    const found = await readRow(entry.deviceId, parts.store);
    if (found && !mayHold(found.value, entry)) return 'exists';
    const row = { ...rowOf(entry), activateTime: found?.value.activateTime ?? null };
    if (await writeRow(entry.deviceId, { found, row }, parts)) return 'saved';
  }
}

/** Of a certificate whose device has not asked for it. `deviceSecret` is plain: writeRow seals it. */
export function rowOf(
  entry: CertificateEntry,
): CertificateRecord & { productKey: string; deviceSecret: string } {
  const { productKey, deviceName, deviceSecret, iotId, registerTimeMs } = entry;
  const registerTime = registerTimeMs;
  return { registerTime, activateTime: null, productKey, deviceName, deviceSecret, iotId };
}

/**
 * Writes a row with its secret sealed, if `found` still stands. The index goes first: a crash in
 * between leaves an id too many there, which harms nobody, and never a secret that rotation misses.
 */
export async function writeRow(
  deviceId: string,
  change: {
    found: FoundRow;
    /** `deviceSecret` is plain. */
    row: CertificateRecord & { productKey: string; deviceSecret: string };
  },
  { store, sealing }: CertificateParts,
): Promise<boolean> {
  const { found, row } = change;
  const index = { partition: row.productKey, sort: deviceId };
  await store.table('certificate_ids').insert(index, {});
  const deviceSecret = sealing.seal(row.deviceSecret, contextOf(deviceId));
  const table = store.table('device_table');
  const key = { partition: deviceId };
  return found
    ? table.replace(key, { ...row, deviceSecret }, found.version)
    : table.insert(key, { ...row, deviceSecret });
}

/**
 * The plain secret of a row, which another program may have stored plain.
 * @throws SealError, see core/sealing.
 */
export function openRowSecret(deviceSecret: string, deviceId: string, sealing: Sealing): string {
  return isSealed(deviceSecret) ? sealing.open(deviceSecret, contextOf(deviceId)) : deviceSecret;
}

function mayHold(row: CertificateRecord, entry: CertificateEntry): boolean {
  if (row.deviceSecret) return false;
  return (
    (row.productKey || entry.productKey) === entry.productKey &&
    (row.deviceName || entry.deviceName) === entry.deviceName
  );
}

function contextOf(deviceId: string): string {
  return `certificate/${deviceId}`;
}
