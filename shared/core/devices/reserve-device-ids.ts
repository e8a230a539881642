import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { CertificateRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { deviceNameOf } from '../certificates/certificate-names.ts';
import { hasCertificate, readRow, reserveRow } from '../certificates/certificate-records.ts';
import { findProductKeys, type ImportedLine } from './import-devices.ts';

export type ReservedLine = Pick<ImportedLine, 'productKey' | 'deviceName' | 'deviceId'>;

/** `sinceMs`: of the whole import, however often it is interrupted. */
export type ReserveParts = { store: Store; sinceMs: number };

/**
 * Puts deviceIds into device_table and registers no device: the certificate distributor does, when one
 * first asks. Each line stands or falls alone; the answers are in the order of `lines`. A deviceId that
 * is noted so already counts as noted, also with a device that was registered for it since: the line
 * may come again after a kill. Refuses `unknown-product`, and `invalid-parameter` for a deviceId that
 * is missing, has a certificate, or is noted for another product or name.
 */
export async function reserveDeviceIds(
  lines: readonly ReservedLine[],
  parts: ReserveParts,
): Promise<readonly Result<ReservedLine>[]> {
  const productKeys = await findProductKeys(lines, parts.store);
  return Promise.all(
    lines.map((line) => {
      const { productKey } = line;
      if (productKeys.has(productKey)) return reserveDeviceId(line, parts);
      return refuse({ kind: 'unknown-product', productKey });
    }),
  );
}

async function reserveDeviceId(
  line: ReservedLine,
  { store, sinceMs }: ReserveParts,
): Promise<Result<ReservedLine>> {
  const { deviceId, productKey, deviceName } = line;
  if (deviceId === undefined) return refuseDeviceId('it is missing');
  for (;;) {
    if (await reserveRow(deviceId, { productKey, deviceName }, store)) return ok(line);
    const standing = await readRow(deviceId, store);
    if (standing) return judgeStanding({ ...line, deviceId }, standing.value, sinceMs);
  }
}

function judgeStanding(
  line: ReservedLine & { deviceId: string },
  row: CertificateRecord,
  sinceMs: number,
): Result<ReservedLine> {
  const { deviceId, productKey, deviceName } = line;
  if (hasCertificate(row) && (row.registerTime ?? 0) < sinceMs) {
    return refuseDeviceId('it has a certificate already');
  }
  const standingName = row.deviceName || deviceNameOf(deviceId);
  if (row.productKey === productKey && standingName === deviceName) return ok(line);
  return refuseDeviceId('it is noted already, for another product or DeviceName');
}

function refuseDeviceId(reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter: 'deviceId', reason });
}
