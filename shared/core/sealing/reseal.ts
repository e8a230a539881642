import type { Entry, Key, Store, Table } from '../../ports/table.ts';
import {
  ACCESS_KEYS_PARTITION,
  openAccessKeySecret,
  sealAccessKeySecret,
} from '../access-keys/access-keys.ts';
import { resealCertificates } from '../certificates/reseal-certificates.ts';
import { openDeviceSecret, sealDeviceSecret } from '../devices/device-secret.ts';
import { openProductSecret, PRODUCTS_PARTITION, sealProductSecret } from '../products/products.ts';
import { updateRecord } from '../records/update-record.ts';
import { walkInGroups, walkPartition } from '../records/walk-partition.ts';
import type { Sealing } from './sealing.ts';

export type ResealParts = {
  store: Store;
  sealing: Sealing;
  /** After every group of records, with the count so far. */
  onProgress: (count: ResealCount) => void;
};

/** `sealed` secrets were sealed anew, `current` ones had the current key already. */
export type ResealCount = { sealed: number; current: number };

/**
 * Seals every secret of products, devices, certificates and access keys with the current key. Each
 * record is replaced only if it is still what was read, so it may run beside everything else;
 * stopped half-way, it goes on where it is called again.
 * @throws SealError at the first secret that opens with no key of the ring; those before it are done.
 */
export async function resealSecrets({
  store,
  sealing,
  onProgress,
}: ResealParts): Promise<ResealCount> {
  const count: ResealCount = { sealed: 0, current: 0 };
  const add = (done: ResealCount) => {
    count.sealed += done.sealed;
    count.current += done.current;
    onProgress({ ...count });
  };
  const reseal = <T extends Sealed>(task: Omit<Task<T>, 'sealing'>) =>
    resealPartition({ ...task, sealing }, add);

  await reseal({
    table: store.table('access_keys'),
    partition: ACCESS_KEYS_PARTITION,
    sealAgain: ({ sealedSecret }, id) =>
      sealAccessKeySecret(openAccessKeySecret(sealedSecret, id, sealing), id, sealing),
  });
  await reseal({
    table: store.table('products'),
    partition: PRODUCTS_PARTITION,
    sealAgain: (product, productKey) =>
      sealProductSecret(openProductSecret(product, sealing), productKey, sealing),
  });
  for await (const { sort } of walkPartition(store.table('products'), PRODUCTS_PARTITION)) {
    await reseal({
      table: store.table('devices'),
      partition: sort,
      sealAgain: (device) => sealDeviceSecret(openDeviceSecret(device, sealing), device, sealing),
    });
    await resealCertificates(sort, { store, sealing, groupSize: SEALED_TOGETHER }, add);
  }
  return count;
}

type Sealed = { sealedSecret: string };

type Task<T extends Sealed> = {
  table: Table<T>;
  partition: string;
  sealing: Sealing;
  sealAgain: (record: T, sort: string) => string;
};

/** Many at a time, so that a store which flushes in groups has a group to flush. */
const SEALED_TOGETHER = 256;

async function resealPartition<T extends Sealed>(
  task: Task<T>,
  onGroup: (done: ResealCount) => void,
): Promise<void> {
  for await (const group of walkInGroups(task.table, task.partition, SEALED_TOGETHER)) {
    const changed = await Promise.all(group.map((entry) => resealRecord(entry, task)));
    const sealed = changed.filter(Boolean).length;
    onGroup({ sealed, current: changed.length - sealed });
  }
}

async function resealRecord<T extends Sealed>(
  { value, sort }: Entry<T>,
  { table, partition, sealing, sealAgain }: Task<T>,
): Promise<boolean> {
  if (sealing.isCurrent(value.sealedSecret)) return false;
  const key: Key = { partition, sort };
  await updateRecord(table, key, (record) =>
    sealing.isCurrent(record.sealedSecret)
      ? record
      : { ...record, sealedSecret: sealAgain(record, sort) },
  );
  return true;
}
