import type { TableName } from '../../shared/model/tables.ts';
import type { Key, Store, Table } from '../../shared/ports/table.ts';

export type Step = {
  table: TableName;
  verb: 'read' | 'insert' | 'replace' | 'remove' | 'list';
  key: Key;
};

/** The same store; `before` runs ahead of every verb, which waits for it and fails if it throws. */
export function interceptStore(store: Store, before: (step: Step) => Promise<void> | void): Store {
  return {
    ...store,
    table: (name) =>
      interceptTable(store.table(name), async (verb, key) => before({ table: name, verb, key })),
  };
}

function interceptTable<T>(
  table: Table<T>,
  before: (verb: Step['verb'], key: Key) => Promise<void>,
): Table<T> {
  return {
    read: (key) => before('read', key).then(() => table.read(key)),
    insert: (key, ...rest) => before('insert', key).then(() => table.insert(key, ...rest)),
    replace: (key, ...rest) => before('replace', key).then(() => table.replace(key, ...rest)),
    remove: (key, ...rest) => before('remove', key).then(() => table.remove(key, ...rest)),
    list: (partition, range) =>
      before('list', { partition }).then(() => table.list(partition, range)),
  };
}

/** The same store, whose `allowed + 1`st insert into a table fails, and every one behind it: the process is gone. */
export function failInserts(store: Store, table: TableName, allowed: number): Store {
  let inserts = 0;
  return interceptStore(store, (step) => {
    if (step.verb === 'insert' && step.table === table) inserts += 1;
    if (inserts > allowed) throw new Error('the store is gone');
  });
}
