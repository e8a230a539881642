import type { TableName } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { DEVICE_TABLES } from '../devices/remove-device-data.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { removeRelations } from '../topology/relations.ts';

/**
 * What belongs to a device that gets another iotId goes with it, but for its history, which expires, and its
 * relations: a gateway adds its sub-devices at every start. What stands there already stays.
 */
export async function renameIotId(from: string, to: string, store: Store): Promise<void> {
  for (const name of [...DEVICE_TABLES, 'dynamic_clients'] as const) {
    const table = store.table<TableName>(name);
    for await (const { sort, value } of walkPartition(table, from)) {
      if (await table.insert({ partition: to, sort }, value)) {
        await table.remove({ partition: from, sort });
      }
    }
  }
  await removeRelations(from, store);
}
