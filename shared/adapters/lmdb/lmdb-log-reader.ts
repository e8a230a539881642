import type { Message } from '../../model/message.ts';
import type { LogRecords } from './lmdb-log.ts';
import { messageOf, type Row } from './lmdb-rows.ts';

type Slice = {
  messages: readonly Message[];
  /** Position of the last of them; that asked for if there are none. */
  position: number;
};

export type LogReader = {
  /** Up to `limit` messages behind a position, also what other processes have committed by now. */
  read(after: number, limit: number): Slice;
};

type Held = { rows: readonly Row[]; last: number };

/** Keeps the record read last: a batch may end inside a group. */
export function createLogReader(records: LogRecords): LogReader {
  let held: Held | undefined;

  const recordBehind = (position: number): Held | undefined => {
    if (held !== undefined && first(held) <= position + 1 && position < held.last) return held;
    held = undefined;
    for (const { key, value } of records.getRange({ start: position + 1, limit: 1 })) {
      held = { rows: value, last: key };
    }
    return held;
  };

  return {
    read(after, limit) {
      const messages: Message[] = [];
      let position = after;
      records.resetReadTxn();
      while (messages.length < limit) {
        const record = recordBehind(position);
        if (record === undefined) break;
        const skipped = Math.max(0, position + 1 - first(record));
        const taken = record.rows.slice(skipped, skipped + limit - messages.length);
        for (const row of taken) messages.push(messageOf(row));
        position = first(record) + skipped + taken.length - 1;
      }
      return { messages, position };
    },
  };
}

function first({ rows, last }: Held): number {
  return last - rows.length + 1;
}
