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
    Object.hasOwn(values, identifier) ? [{ timeMs, value: values[identifier] }] : [],
  );
}

export type NamedValue = PropertyValue & { identifier: string };

/**
 * What several properties were. The page ends where one of them has `pageSize` values, so that it is
 * whole up to there for all of them (protocol.md 7.4).
 */
export function queryPropertiesHistory(
  query: HistoryQuery & { identifiers: readonly string[] },
  store: Store,
): Promise<HistoryPage<NamedValue>> {
  return readHistory(
    store.table('property_history'),
    query,
    ({ timeMs, values }) =>
      query.identifiers
        .filter((identifier) => Object.hasOwn(values, identifier))
        .map((identifier) => ({ identifier, timeMs, value: values[identifier] })),
    ({ identifier }) => identifier,
  );
}
