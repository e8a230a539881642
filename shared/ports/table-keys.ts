const MAX_PART_BYTES = 512;
/** A UTF-16 unit takes at most 3 bytes in UTF-8. */
const SURELY_SHORT = Math.floor(MAX_PART_BYTES / 3);

/**
 * What every adapter asks of a partition and a sort key (ports/table.ts).
 * @throws RangeError for one that the port does not allow: a programming error.
 */
export function checkKeyPart(part: string): void {
  if (part.includes('\u0000')) throw new RangeError('a key must not contain U+0000');
  if (part.length > SURELY_SHORT && Buffer.byteLength(part) > MAX_PART_BYTES) {
    throw new RangeError(`a part of a key must not be longer than ${MAX_PART_BYTES} bytes`);
  }
}

/** The order of `list`. JavaScript compares UTF-16 units, which puts U+FFFF above the emoji. */
export function compareKeyParts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
