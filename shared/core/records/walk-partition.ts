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

const PAGE_RECORDS = 500;
