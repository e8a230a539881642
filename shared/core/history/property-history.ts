import type { Store } from '../../ports/table.ts';
import { type HistoryPage, type HistoryQuery, readHistory } from './read-history.ts';

export type PropertyValue = { timeMs: number; value: unknown };

/** What one property was, by the times that the device gave. */
export function queryPropertyHistory(
  query: HistoryQuery & { identifier: string },
  store: Store,
): Promise<HistoryPage<PropertyValue>> {
  const { identifier } = query;
  return readHistory(store.table('property_history'), query, ({ timeMs, values }) =>
    Object.hasOwn(values, identifier) ? { timeMs, value: values[identifier] } : undefined,
  );
}
