import { ok, type Result } from '../../model/failure.ts';
import { mergeDesired, readDesired } from './account-desired.ts';
import type { MovedDevice, Work } from './moving.ts';
import type { Outcome } from './moving-report.ts';
import { storeMerged } from './store-merged.ts';

/** Moves the desired values of a device, module by module; undefined where it has none. */
export async function moveDesired(
  { iotId }: MovedDevice,
  { modules, moving }: Work,
): Promise<Result<Outcome | undefined>> {
  const { account, store } = moving;
  const desired: ReturnType<typeof readDesired>[number][] = [];
  for (const { functionBlockId } of modules) {
    const listed = await account.desired(iotId, functionBlockId);
    if (!listed.ok) return listed;
    desired.push(...readDesired(listed.value, functionBlockId));
  }
  if (desired.length === 0) return ok(undefined);
  const merge = (local: Parameters<typeof mergeDesired>[0]) => mergeDesired(local, desired);
  return ok(await storeMerged(store.table('desired_properties'), { partition: iotId }, merge));
}
