import type { TableName } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { walkPartition } from '../records/walk-partition.ts';

/** What is kept of a device under its iotId, but for what expires by itself. */
const TABLES: readonly TableName[] = [
  'thing_state',
  'presence',
  'shadows',
  'desired_properties',
  'tags',
  'dynamic_clients',
  'log_configs',
];

/** What belongs to a device that gets another iotId goes with it. What stands there already stays. */
export async function renameIotId(from: string, to: string, store: Store): Promise<void> {
  for (const name of TABLES) {
    const table = store.table<TableName>(name);
    for await (const { sort, value } of walkPartition(table, from)) {
      if (await table.insert({ partition: to, sort }, value)) {
        await table.remove({ partition: from, sort });
      }
    }
  }
}
