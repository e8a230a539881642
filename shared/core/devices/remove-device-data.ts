import type { TableName } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { walkPartition } from '../records/walk-partition.ts';
import { removeRelations } from '../topology/relations.ts';

/**
 * What is kept of a device under its iotId, beside its history, which expires. A message that was under
 * way may bring some of it back: nobody finds it there, since the iotId never does.
 */
export async function removeDeviceData(iotId: string, store: Store): Promise<void> {
  await Promise.all(DEVICE_TABLES.map((name) => store.table(name).remove({ partition: iotId })));
  const clients = store.table('dynamic_clients');
  for await (const { sort } of walkPartition(clients, iotId)) {
    await clients.remove({ partition: iotId, sort });
  }
  await removeRelations(iotId, store);
}

/** Those with one record a device, under its iotId; dynamic_clients has several, and relations are of two devices. */
export const DEVICE_TABLES = [
  'thing_state',
  'presence',
  'shadows',
  'desired_properties',
  'tags',
  'mqtt_connections',
  'log_configs',
  'firmware',
] as const satisfies readonly TableName[];
