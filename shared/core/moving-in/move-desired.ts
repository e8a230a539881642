import { ok, type Result } from '../../model/failure.ts';
import { type AccountDesired, mergeDesired, readDesired } from './account-desired.ts';
import type { MovedDevice, Work } from './moving.ts';
import type { Outcome } from './moving-report.ts';
import { storeMerged } from './store-merged.ts';

/** Moves the desired values of a device, module by module; undefined where it has none. */
export async function moveDesired(
  { iotId }: MovedDevice,
  { modules, moving }: Work,
): Promise<Result<Outcome | undefined>> {
  const { account, store } = moving;
  const desired: AccountDesired[] = [];
  for (const { functionBlockId } of modules) {
    const listed = await account.desired(iotId, functionBlockId);
    if (!listed.ok) return listed;
    desired.push(...readDesired(listed.value, functionBlockId));
  }
  if (desired.length === 0) return ok(undefined);
  const records = store.table('desired_properties');
  const key = { partition: iotId };
  return ok(await storeMerged(records, key, (local) => mergeDesired(local, desired)));
}
