import type { Key, Table } from '../../ports/table.ts';

/**
 * Stores what `merge` makes of a record, past whoever changes it meanwhile. `merge` returns the record
 * itself, or undefined where there is none, if nothing is to be done.
 */
export async function storeMerged<T>(
  table: Table<T>,
  key: Key,
  merge: (local: T | undefined) => T | undefined,
): Promise<'added' | 'changed' | 'unchanged'> {
  for (;;) {
    const found = await table.read(key);
    const merged = merge(found?.value);
    if (merged === undefined || merged === found?.value) return 'unchanged';
    if (!found && (await table.insert(key, merged))) return 'added';
    if (found && (await table.replace(key, merged, found.version))) return 'changed';
  }
}
