import type { EventHistoryRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { type HistoryPage, type HistoryQuery, readHistory } from './read-history.ts';

export type EventFilter = { identifier?: string | undefined; type?: string | undefined };

/** The events of a device, all of them or those of one identifier or type. */
export function queryEventHistory(
  query: HistoryQuery & EventFilter,
  store: Store,
): Promise<HistoryPage<EventHistoryRecord>> {
  const { identifier, type } = query;
  return readHistory(store.table('event_history'), query, (event) => {
    const wanted =
      (identifier === undefined || event.identifier === identifier) &&
      (type === undefined || event.type === type);
    return wanted ? [event] : [];
  });
}
