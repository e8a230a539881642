import { ok, type Result } from '../../model/failure.ts';
import type { ThingStateRecord } from '../../model/tables.ts';
import type { Table } from '../../ports/table.ts';
import { type AccountValue, mergeValues, readValues } from './account-values.ts';
import type { ModuleName } from './move-thing-models.ts';
import type { Moving } from './moving.ts';
import { noteProblem, refusalText, type Tally } from './moving-report.ts';

type Named = { deviceName: string; iotId: string };

/** Moves what a device last said, module by module. Refuses only where the account limits calls. */
export async function moveValues(
  { deviceName, iotId }: Named,
  { modules, moving, tally }: { modules: readonly ModuleName[]; moving: Moving; tally: Tally },
): Promise<Result<void>> {
  const values: AccountValue[] = [];
  for (const { functionBlockId } of modules) {
    const listed = await moving.account.properties(iotId, functionBlockId);
    if (listed.ok) {
      values.push(...readValues(listed.value, functionBlockId));
      continue;
    }
    if (listed.failure.kind === 'identity-source-throttled') return listed;
    tally.values.refused += 1;
    noteProblem(tally, `last values: ${refusalText(listed.failure)}`, deviceName);
    return ok(undefined);
  }
  if (values.length > 0) tally.values[await storeValues(iotId, values, moving)] += 1;
  return ok(undefined);
}

async function storeValues(
  iotId: string,
  values: readonly AccountValue[],
  { store, nowMs }: Moving,
): Promise<'added' | 'changed' | 'unchanged'> {
  const states: Table<ThingStateRecord> = store.table('thing_state');
  const key = { partition: iotId };
  for (;;) {
    const found = await states.read(key);
    const merged = mergeValues(found?.value, values, nowMs());
    if (merged === undefined || merged === found?.value) return 'unchanged';
    if (!found && (await states.insert(key, merged))) return 'added';
    if (found && (await states.replace(key, merged, found.version))) return 'changed';
  }
}

/** The state of a device that gets another iotId goes with it. */
export async function renameState(from: string, to: string, { store }: Moving): Promise<void> {
  const states = store.table('thing_state');
  const found = await states.read({ partition: from });
  if (found && (await states.insert({ partition: to }, found.value))) {
    await states.remove({ partition: from });
  }
}
