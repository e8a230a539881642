import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '../../model/message.ts';
import type { Sync } from './lmdb-env.ts';
import { lastPosition, openLog } from './lmdb-log.ts';
import { createLogReader } from './lmdb-log-reader.ts';

export type TailOptions = {
  /** Folder of the bus. */
  path: string;
  /** Begin with the next message; else with the oldest one kept. */
  fromNow: boolean;
  /** Only needed in a process that also has the bus open, and then the same. */
  sync?: Sync;
};

const BATCH_SIZE = 256;
const POLL_MS = 50;

/**
 * Messages as they are published, without registering as a consumer: what is trimmed before it is
 * read is skipped. Ends when the caller leaves the loop, within 50 ms.
 */
export async function* tailLmdbLog(options: TailOptions): AsyncGenerator<Message, never, void> {
  const log = await openLog(options.path, options.sync ?? 'flush');
  try {
    const reader = createLogReader(log.records);
    let position = options.fromNow ? lastPosition(log.records) : 0;
    for (;;) {
      const slice = reader.read(position, BATCH_SIZE);
      position = slice.position;
      yield* slice.messages;
      if (slice.messages.length === 0) await sleep(POLL_MS);
    }
  } finally {
    await log.close();
  }
}
