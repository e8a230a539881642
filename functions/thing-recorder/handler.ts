import type { Message } from '../../shared/model/message.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { BatchHandler, FailedDelivery } from '../../shared/ports/message-bus.ts';
import type { Store } from '../../shared/ports/table.ts';
import { recordHistory } from './record-history.ts';
import { recordPresence } from './record-presence.ts';
import { recordState } from './record-state.ts';
import { readReports } from './reports.ts';

type Parts = { store: Store; log: Log; nowMs: () => number };

/**
 * Keeps what devices report: the latest value of each property, 30 days of history, events, whether
 * a device is connected and when it was last heard over HTTP. Idempotent by messageId: a batch may come again, whole or in part.
 */
export function createHandler(deps: Parts): BatchHandler {
  return async (batch) => {
    const failed = await Promise.all(
      [...byDevice(batch).values()].map((messages) => recordDevice(messages, deps)),
    );
    return failed.flat();
  };
}

/** One state record a device: its messages are merged first, so that a batch costs one write of it. */
function byDevice(batch: readonly Message[]): Map<string, Message[]> {
  const devices = new Map<string, Message[]>();
  for (const message of batch) {
    const messages = devices.get(message.iotId);
    if (messages) messages.push(message);
    else devices.set(message.iotId, [message]);
  }
  return devices;
}

/** A fault of the store gives all messages of the device back: writing one twice does no harm. */
async function recordDevice(messages: readonly Message[], parts: Parts): Promise<FailedDelivery[]> {
  const { store, log, nowMs } = parts;
  const { reports, unreadable } = readReports(messages);
  if (unreadable.length > 0) log.error({ unreadable }, 'messages cannot be read');
  try {
    await Promise.all([
      recordHistory(reports, store, nowMs()),
      recordState(messages, reports, store),
      recordPresence(reports, store),
    ]);
    return unreadable;
  } catch (error) {
    log.error({ error, iotId: messages[0]?.iotId, messages: messages.length }, 'recording failed');
    return messages.map(({ messageId }) => ({ messageId, reason: String(error) }));
  }
}
