import type { Store, Table } from '../../../shared/ports/table.ts';

/** The same store; every write that took place is reported as `table partition`. */
export function watchWrites(store: Store, onWrite: (write: string) => void): Store {
  return { ...store, table: (name) => watchTable(store.table(name), name, onWrite) };
}

function watchTable<T>(table: Table<T>, name: string, onWrite: (write: string) => void): Table<T> {
  const report = async (partition: string, written: Promise<boolean>) => {
    if (await written) onWrite(`${name} ${partition}`);
    return written;
  };
  return {
    ...table,
    insert: (key, ...rest) => report(key.partition, table.insert(key, ...rest)),
    replace: (key, ...rest) => report(key.partition, table.replace(key, ...rest)),
    remove: (key, ...rest) => report(key.partition, table.remove(key, ...rest)),
  };
}
