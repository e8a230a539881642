import { ok, type Result } from '../../model/failure.ts';
import { type AccountValue, mergeValues, readValues } from './account-values.ts';
import type { MovedDevice, Work } from './moving.ts';
import type { Outcome } from './moving-report.ts';
import { storeMerged } from './store-merged.ts';

/** Moves what a device last said, module by module; undefined where it said nothing. */
export async function moveValues(
  { iotId }: MovedDevice,
  { modules, moving }: Work,
): Promise<Result<Outcome | undefined>> {
  const { account, store, nowMs } = moving;
  const values: AccountValue[] = [];
  for (const { functionBlockId } of modules) {
    const listed = await account.properties(iotId, functionBlockId);
    if (!listed.ok) return listed;
    values.push(...readValues(listed.value, functionBlockId));
  }
  if (values.length === 0) return ok(undefined);
  const states = store.table('thing_state');
  const key = { partition: iotId };
  return ok(await storeMerged(states, key, (local) => mergeValues(local, values, nowMs())));
}
