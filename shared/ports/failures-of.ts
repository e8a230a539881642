import type { Message } from '../model/message.ts';
import type { BatchHandler } from './message-bus.ts';

/** The reasons of the items that failed, by messageId; of all of them if the handler rejects. */
export async function failuresOf(
  handle: BatchHandler,
  batch: readonly Message[],
): Promise<ReadonlyMap<string, string>> {
  try {
    return new Map((await handle(batch)).map(({ messageId, reason }) => [messageId, reason]));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Map(batch.map(({ messageId }) => [messageId, reason]));
  }
}
