import type { Entry, Table } from '../../ports/table.ts';
import { historyBounds, LATEST_TIME_MS } from './history-sort.ts';

/** A stretch of a device's history, as the OpenAPI asks for it (protocol.md 7.4). */
export type HistoryQuery = {
  iotId: string;
  /** Both ends included; they may come in either order, whichever way the page runs. */
  fromMs: number;
  toMs: number;
  ascending: boolean;
  /** Most items; where they are of several series, of each. */
  pageSize: number;
};

/** `nextTimeMs` is where the next page begins; absent when there is nothing more. */
export type HistoryPage<Item> = { items: readonly Item[]; nextTimeMs?: number };

/** Most rows that a call reads, so that a filter that matches little cannot hold up a function. */
const SCANNED_ROWS = 5000;

const ROWS_A_READ = 200;

/**
 * Reads rows in order of time until there are `pageSize` items of a series. A page is continued by a time
 * alone, so items of one millisecond are never parted: they move to the next page together, or,
 * where they alone are more than a page, come in one that is too long. Only where more than
 * SCANNED_ROWS rows have one and the same time are those beyond left out.
 */
export async function readHistory<Row extends Timed, Item>(
  table: Table<Row>,
  query: HistoryQuery,
  pick: (row: Row) => readonly Item[],
  seriesOf: (item: Item) => string = () => '',
): Promise<HistoryPage<Item>> {
  const items: Item[] = [];
  const counts = new Map<string, number>();
  let isFirst = true;
  for await (const { timeMs, rows, isCut } of walkMilliseconds(table, query)) {
    const found = rows.flatMap(pick);
    for (const item of found) counts.set(seriesOf(item), (counts.get(seriesOf(item)) ?? 0) + 1);
    const overflows =
      items.length > 0 && found.some((item) => (counts.get(seriesOf(item)) ?? 0) > query.pageSize);
    if (overflows || (isCut && !isFirst)) return { items, nextTimeMs: timeMs };
    items.push(...found);
    if (isCut) return { items, ...beyond(timeMs, query) };
    isFirst = false;
  }
  return { items };
}

function beyond(timeMs: number, { ascending }: HistoryQuery): { nextTimeMs?: number } {
  const nextTimeMs = ascending ? timeMs + 1 : timeMs - 1;
  return nextTimeMs < 0 || nextTimeMs > LATEST_TIME_MS ? {} : { nextTimeMs };
}

type Timed = { timeMs: number };

/** The rows of one time; `isCut` where the scan had to end before the last of them. */
type Millisecond<Row> = { timeMs: number; rows: readonly Row[]; isCut: boolean };

async function* walkMilliseconds<Row extends Timed>(
  table: Table<Row>,
  query: HistoryQuery,
): AsyncGenerator<Millisecond<Row>> {
  let rows: Row[] = [];
  let scanned = 0;
  for await (const { value: row } of walkHistory(table, query)) {
    const [first] = rows;
    if (first && first.timeMs !== row.timeMs) {
      yield { timeMs: first.timeMs, rows, isCut: false };
      rows = [];
    }
    if (scanned === SCANNED_ROWS) {
      yield { timeMs: row.timeMs, rows, isCut: true };
      return;
    }
    rows.push(row);
    scanned += 1;
  }
  const [first] = rows;
  if (first) yield { timeMs: first.timeMs, rows, isCut: false };
}

async function* walkHistory<Row>(
  table: Table<Row>,
  query: HistoryQuery,
): AsyncGenerator<Entry<Row>> {
  const earliest = Math.min(query.fromMs, query.toMs);
  const latest = Math.max(query.fromMs, query.toMs);
  const range = {
    ...historyBounds(earliest, latest),
    descending: !query.ascending,
    limit: ROWS_A_READ,
  };
  let cursor: string | undefined;
  do {
    const page = await table.list(query.iotId, cursor === undefined ? range : { ...range, cursor });
    yield* page.records;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
