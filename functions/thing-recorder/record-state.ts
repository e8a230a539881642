import { upsertRecord } from '../../shared/core/records/update-record.ts';
import { copyValues, isLater } from '../../shared/core/thing-state/latest-values.ts';
import type { Message } from '../../shared/model/message.ts';
import type { ThingStateRecord } from '../../shared/model/tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { Report } from './reports.ts';

/**
 * Merges the messages of one device into its state. Order does not matter: the latest value of each
 * property wins. Only HTTP messages count as signs of life: of a device on MQTT its connection says more.
 */
export async function recordState(
  messages: readonly Message[],
  reports: readonly Report[],
  store: Store,
): Promise<void> {
  const [first] = messages;
  if (!first) return;
  const lastMessageAtMs = lastHttpMessageAtMs(messages);
  if (lastMessageAtMs === 0 && !reports.some(({ kind }) => kind === 'property')) return;
  await upsertRecord(store.table('thing_state'), { partition: first.iotId }, (state) => ({
    properties: mergeProperties(state?.properties, reports),
    lastMessageAtMs: Math.max(state?.lastMessageAtMs ?? 0, lastMessageAtMs),
  }));
}

/** 0 if there is none. That a device was made for a request over HTTP is no message of the device. */
function lastHttpMessageAtMs(messages: readonly Message[]): number {
  const overHttp = messages.filter(
    ({ transport, kind }) => transport === 'http' && kind !== 'lifecycle',
  );
  return Math.max(0, ...overHttp.map(({ generateTimeMs }) => generateTimeMs));
}

function mergeProperties(
  stored: ThingStateRecord['properties'] | undefined,
  reports: readonly Report[],
): ThingStateRecord['properties'] {
  const merged = copyValues(stored);
  for (const report of reports) {
    if (report.kind !== 'property') continue;
    const { messageId, generateTimeMs: arrivedAtMs } = report.message;
    for (const [identifier, { value, time }] of Object.entries(report.body.items)) {
      const candidate = { value, time, messageId, arrivedAtMs };
      const present = merged[identifier];
      if (!present || isLater(candidate, present)) merged[identifier] = candidate;
    }
  }
  return merged;
}
