import type { StatusBody } from '../../model/message.ts';
import type { PresenceRecord } from '../../model/tables.ts';

/** One status message, as far as presence goes by it. */
export type StatusReport = {
  messageId: string;
  atMs: number;
  body: Pick<StatusBody, 'status' | 'clientIp'>;
};

/**
 * What is known of a device after a status message: the latest one counts, within one millisecond that
 * of the later id. The order in which they come does not matter, nor whether one comes twice.
 */
export function mergePresence(
  known: PresenceRecord | undefined,
  { messageId, atMs, body }: StatusReport,
): PresenceRecord {
  const { status, clientIp } = body;
  const cameOnlineAtMs = status === 'online' ? atMs : 0;
  const onlineAtMs = Math.max(known?.onlineAtMs ?? 0, cameOnlineAtMs);
  if (known && !isLater({ messageId, atMs }, known)) return { ...known, onlineAtMs };
  return { status, changedAtMs: atMs, onlineAtMs, clientIp, messageId };
}

function isLater(
  { messageId, atMs }: Pick<StatusReport, 'messageId' | 'atMs'>,
  known: PresenceRecord,
): boolean {
  if (atMs !== known.changedAtMs) return atMs > known.changedAtMs;
  return BigInt(messageId) > BigInt(known.messageId);
}
