import type { LogConfigRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { upsertRecord } from '../records/update-record.ts';

export type LogMode = LogConfigRecord['mode'];

/** Devices do not report their log unless they are told to. */
export async function findLogMode(iotId: string, store: Store): Promise<LogMode> {
  const found = await store.table('log_configs').read({ partition: iotId });
  return found?.value.mode ?? 0;
}

export async function setLogMode(iotId: string, mode: LogMode, store: Store): Promise<void> {
  await upsertRecord(store.table('log_configs'), { partition: iotId }, () => ({ mode }));
}

/** As a device gets it in `thing/config/log/get` and `push` (protocol.md 4.12). */
export function logConfig(mode: LogMode) {
  return { getType: 'content', content: { mode } } as const;
}
