import type { Key, Table } from '../../ports/table.ts';

/**
 * Changes a record that others may be changing: reads, changes, replaces only what was read, and
 * begins again where somebody was faster. `change` may run several times; the value itself means
 * nothing to do. Undefined if there is no such record.
 */
export async function updateRecord<T>(
  table: Table<T>,
  key: Key,
  change: (value: T) => T,
): Promise<T | undefined> {
  for (;;) {
    const found = await table.read(key);
    if (!found) return undefined;
    const changed = change(found.value);
    if (changed === found.value || (await table.replace(key, changed, found.version)))
      return changed;
  }
}

/** As updateRecord, but makes the record where there is none. It expires only where that is said anew. */
export async function upsertRecord<T>(
  table: Table<T>,
  key: Key,
  change: (value: T | undefined) => T,
  options: { expiresAtMs?: number } = {},
): Promise<T> {
  for (;;) {
    const found = await table.read(key);
    const changed = change(found?.value);
    const written = found
      ? await table.replace(key, changed, found.version, options)
      : await table.insert(key, changed, options);
    if (written) return changed;
  }
}
