import type { Store } from '../../ports/table.ts';
import { readRow } from './certificate-records.ts';

/**
 * Forgets a deviceId with its issues: it is unknown then, until a list names it again. Its device stays.
 * The row goes first, so that a revoked id is never open in between. `certificate_ids` keeps it, which
 * harms nobody: a row that is written anew meanwhile must not be missing there.
 */
export async function deleteCertificate(deviceId: string, store: Store): Promise<void> {
  const key = { partition: deviceId };
  for (;;) {
    const found = await readRow(deviceId, store);
    if (!found || (await store.table('device_table').remove(key, found.version))) break;
  }
  await store.table('certificate_issues').remove(key);
}
