import type { Store } from '../../ports/table.ts';
import { walkInGroups } from '../records/walk-partition.ts';
import { isSealed, type Sealing } from '../sealing/sealing.ts';
import { hasCertificate, openRowSecret, readRow, writeRow } from './certificate-records.ts';

/**
 * Seals the certificates of a product with the current key, as they are found by `certificate_ids`,
 * `groupSize` at a time. Calls `onGroup` with how many were sealed anew and how many were current.
 * @throws SealError at the first secret that opens with no key of the ring.
 */
export async function resealCertificates(
  productKey: string,
  parts: { store: Store; sealing: Sealing; groupSize: number },
  onGroup: (done: { sealed: number; current: number }) => void,
): Promise<void> {
  const ids = parts.store.table('certificate_ids');
  for await (const group of walkInGroups(ids, productKey, parts.groupSize)) {
    const outcomes = await Promise.all(group.map(({ sort }) => resealRow(sort, parts)));
    const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
    onGroup({ sealed: count('sealed'), current: count('current') });
  }
}

type Outcome = 'sealed' | 'current' | 'empty';

/** A row without a certificate is one whose secret was never stored: its writer was stopped, or outrun. */
async function resealRow(
  deviceId: string,
  parts: { store: Store; sealing: Sealing },
): Promise<Outcome> {
  const { store, sealing } = parts;
  for (;;) {
    const found = await readRow(deviceId, store);
    if (!found || !hasCertificate(found.value)) return 'empty';
    const row = found.value;
    if (isSealed(row.deviceSecret) && sealing.isCurrent(row.deviceSecret)) return 'current';
    const deviceSecret = openRowSecret(row.deviceSecret, deviceId, sealing);
    if (await writeRow(deviceId, { found, row: { ...row, deviceSecret } }, parts)) return 'sealed';
  }
}
