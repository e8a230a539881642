import type { Buffer } from 'node:buffer';
import type { Key } from '../../ports/table.ts';
import { checkKeyPart } from '../../ports/table-keys.ts';

const SEPARATOR = '\u0000';
/** First string above every key of a partition. */
const ABOVE = '\u0001';
/** Below this a loop beats the native call of Buffer.write. */
const LOOP_LENGTH = 64;

/** Throws a RangeError for a key that the port does not allow: a programming error. */
export function compositeKey({ partition, sort = '' }: Key): string {
  checkKeyPart(partition);
  checkKeyPart(sort);
  return partition + SEPARATOR + sort;
}

export function sortOf(composite: string, partition: string): string {
  return composite.slice(partition.length + 1);
}

export function abovePartition(partition: string): string {
  return partition + ABOVE;
}

/**
 * Plain UTF-8, so that keys sort by their bytes. lmdb's own encoding leaves U+0000 bare in strings
 * of 64 characters and more and reads them back as arrays.
 */
export const utf8KeyEncoder = {
  writeKey(key: string, target: Buffer, position: number): number {
    if (key.length > LOOP_LENGTH) return position + target.write(key, position);
    for (let index = 0; index < key.length; index += 1) {
      const unit = key.charCodeAt(index);
      if (unit > 0x7f) return position + target.write(key, position);
      target[position + index] = unit;
    }
    return position + key.length;
  },
  readKey: (source: Buffer, start: number, end: number): string =>
    source.toString('utf8', start, end),
};
