/**
 * True if a value begins at `from` whose parts fill just the bytes that their sizes and counts say (OASIS
 * AMQP 1.0, part 1.2 and 1.6). It allocates nothing. rhea believes a count before it has seen what is
 * counted: ten bytes of a client that has not signed in would fill the memory.
 */
export function isSoundValue(bytes: Buffer, from: number): boolean {
  return endOfValue(bytes, from, 0) !== UNSOUND;
}

const UNSOUND = -1;
/** The filters of a source are described values in a map in a list. */
const DEEPEST = 16;
const DESCRIBED = 0x00;
/** In bytes, of the format codes 0x4_ to 0x9_. */
const FIXED_WIDTHS = [0, 1, 2, 4, 8, 16];

/** Behind the value whose constructor begins at `at`. */
function endOfValue(bytes: Buffer, at: number, depth: number): number {
  const code = bytes[at];
  if (code === undefined || depth > DEEPEST) return UNSOUND;
  if (code !== DESCRIBED) return endOfData(bytes, at + 1, { code, depth });
  const descriptorEnd = endOfValue(bytes, at + 1, depth + 1);
  return descriptorEnd === UNSOUND ? UNSOUND : endOfValue(bytes, descriptorEnd, depth + 1);
}

type Data = { code: number; depth: number };

/** Behind the data of a format code that begin at `at`. */
function endOfData(bytes: Buffer, at: number, { code, depth }: Data): number {
  const category = code >>> 4;
  const lengthWidth = category % 2 === 0 ? 1 : 4;
  switch (category) {
    case 0xa:
    case 0xb:
      return endOfSized(bytes, at, lengthWidth);
    case 0xc:
    case 0xd: {
      const next = (item: number) => endOfValue(bytes, item, depth + 1);
      return endOfItems(bytes, at, { lengthWidth, from: at + 2 * lengthWidth, next });
    }
    case 0xe:
    case 0xf:
      return endOfArray(bytes, at, { lengthWidth, depth });
    default: {
      const width = FIXED_WIDTHS[category - 4];
      return width === undefined ? UNSOUND : within(bytes, at + width);
    }
  }
}

/** The elements have one constructor, which stands before the first. */
function endOfArray(
  bytes: Buffer,
  at: number,
  { lengthWidth, depth }: { lengthWidth: number; depth: number },
): number {
  if (depth > DEEPEST) return UNSOUND;
  let codeAt = at + 2 * lengthWidth;
  while (bytes[codeAt] === DESCRIBED) {
    codeAt = endOfValue(bytes, codeAt + 1, depth + 1);
    if (codeAt === UNSOUND) return UNSOUND;
  }
  const code = bytes[codeAt];
  if (code === undefined) return UNSOUND;
  // Elements without bytes can be as many as the count says. Nobody has a use for them.
  const next = (item: number) =>
    code >>> 4 === 0x4 ? UNSOUND : endOfData(bytes, item, { code, depth: depth + 1 });
  return endOfItems(bytes, at, { lengthWidth, from: codeAt + 1, next });
}

type Items = { lengthWidth: number; from: number; next(item: number): number };

/** Size and count at `at`, and so many items from `from` on. */
function endOfItems(bytes: Buffer, at: number, { lengthWidth, from, next }: Items): number {
  const end = endOfSized(bytes, at, lengthWidth);
  const count = readLength(bytes, at + lengthWidth, lengthWidth);
  if (end === UNSOUND || count === UNSOUND) return UNSOUND;
  let item = from;
  for (let left = count; left > 0; left -= 1) {
    item = next(item);
    if (item === UNSOUND || item > end) return UNSOUND;
  }
  return item === end ? end : UNSOUND;
}

function endOfSized(bytes: Buffer, at: number, lengthWidth: number): number {
  const length = readLength(bytes, at, lengthWidth);
  return length === UNSOUND ? UNSOUND : within(bytes, at + lengthWidth + length);
}

function readLength(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) return UNSOUND;
  return bytes.readUIntBE(at, width);
}

function within(bytes: Buffer, end: number): number {
  return end <= bytes.length ? end : UNSOUND;
}
