import { mergePresence } from '../../shared/core/presence/merge-presence.ts';
import { upsertRecord } from '../../shared/core/records/update-record.ts';
import type { PresenceRecord } from '../../shared/model/tables.ts';
import type { Store } from '../../shared/ports/table.ts';
import type { Report } from './reports.ts';

type StatusReport = Extract<Report, { kind: 'status' }>;

/** Keeps what the status messages of one device say, in one write. */
export async function recordPresence(reports: readonly Report[], store: Store): Promise<void> {
  const statuses = reports.filter((report) => report.kind === 'status');
  const [first, ...others] = statuses;
  if (!first) return;
  const key = { partition: first.message.iotId };
  await upsertRecord(store.table('presence'), key, (known) =>
    others.reduce<PresenceRecord>(merge, merge(known, first)),
  );
}

function merge(known: PresenceRecord | undefined, { message, body }: StatusReport): PresenceRecord {
  const { messageId, generateTimeMs: atMs } = message;
  return mergePresence(known, { messageId, atMs, body });
}
