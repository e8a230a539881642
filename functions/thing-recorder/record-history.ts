import { historySort } from '../../shared/core/history/history-sort.ts';
import type { EventHistoryRecord, PropertyHistoryRecord } from '../../shared/model/tables.ts';
import type { Key, Store } from '../../shared/ports/table.ts';
import type { Report } from './reports.ts';

/** Protocol.md 5.5: property, event and service data are kept 30 days. */
const HISTORY_LIFE_MS = 30 * 24 * 60 * 60 * 1000;

/** Inserts under time and messageId: a message that comes again finds its rows there. */
export async function recordHistory(
  reports: readonly Report[],
  store: Store,
  nowMs: number,
): Promise<void> {
  const properties = store.table('property_history');
  const events = store.table('event_history');
  const options = { expiresAtMs: nowMs + HISTORY_LIFE_MS };
  const inserts: Promise<boolean>[] = [];
  for (const report of reports) {
    if (report.kind === 'property') {
      for (const row of propertyRows(report)) {
        inserts.push(properties.insert(keyOf(report, row), row, options));
      }
    } else if (report.kind === 'event' && hasGoodOutput(report)) {
      const row = eventRow(report);
      inserts.push(events.insert(keyOf(report, row), row, options));
    }
  }
  await Promise.all(inserts);
}

type Row = PropertyHistoryRecord | EventHistoryRecord;

function keyOf({ message }: Report, { timeMs, messageId }: Row): Key {
  return { partition: message.iotId, sort: historySort(timeMs, messageId) };
}

/** Of an event that the thing model does not have, or of which every output failed, there is nothing to keep. */
function hasGoodOutput({ body }: Extract<Report, { kind: 'event' }>): boolean {
  const failed = Object.keys(body.checkFailedData).length;
  return failed === 0 || Object.keys(body.value).length > 0;
}

function eventRow({ message, body }: Extract<Report, { kind: 'event' }>): EventHistoryRecord {
  const { identifier, name, type, value, time } = body;
  return { messageId: message.messageId, timeMs: time, identifier, name, type, value };
}

/** One row for each time among the items; nearly always that is one row a message. */
function propertyRows({
  message,
  body,
}: Extract<Report, { kind: 'property' }>): PropertyHistoryRecord[] {
  const rows = new Map<number, Record<string, unknown>>();
  for (const [identifier, { value, time }] of Object.entries(body.items)) {
    // Without a prototype: see mergeProperties.
    const values: Record<string, unknown> = rows.get(time) ?? Object.create(null);
    values[identifier] = value;
    rows.set(time, values);
  }
  return [...rows].map(([timeMs, values]) => ({ messageId: message.messageId, timeMs, values }));
}
