import type { Entry, Table } from '../../ports/table.ts';

/** Every record of a partition in order of its sort key, a page in memory at a time. Not a snapshot. */
export async function* walkPartition<T>(
  table: Table<T>,
  partition: string,
): AsyncGenerator<Entry<T>> {
  let cursor: string | undefined;
  do {
    const page = await table.list(partition, {
      limit: PAGE_RECORDS,
      ...(cursor === undefined ? {} : { cursor }),
    });
    yield* page.records;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** As walkPartition, `size` records at a time; the last group may be smaller. */
export async function* walkInGroups<T>(
  table: Table<T>,
  partition: string,
  size: number,
): AsyncGenerator<readonly Entry<T>[]> {
  let group: Entry<T>[] = [];
  for await (const entry of walkPartition(table, partition)) {
    group.push(entry);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

const PAGE_RECORDS = 500;
