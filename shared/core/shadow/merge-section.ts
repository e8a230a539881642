import { isJsonObject, type JsonObject } from '../alink/json-object.ts';

/**
 * One part of the state, with the time of each of its values in the same nesting. An object has its own
 * besides, of its last change, unless it has a member of that name: a published client reads it (seed 001).
 */
export type Section = { values: JsonObject; metadata: JsonObject };

export const NO_SECTION: Section = { values: {}, metadata: {} };

/**
 * Objects are merged key by key, arrays and all else are replaced as a whole, and a value that
 * deletes takes its key out, if it is there (protocol.md 6.2). Each value that is set gets the time.
 * Both are without a prototype, so that a key may be called `__proto__`.
 */
export function mergeSection(base: Section, changes: JsonObject, atSeconds: number): Section {
  const values = copyOf(base.values);
  const metadata = copyOf(base.metadata);
  // Of the whole, which gets another: what is below has its own.
  if (typeof metadata['timestamp'] === 'number') delete metadata['timestamp'];
  for (const [key, change] of Object.entries(changes)) {
    if (isDeletion(change)) {
      delete values[key];
      delete metadata[key];
      continue;
    }
    const merged = mergeValue(values[key], metadata[key], { change, atSeconds });
    if (merged === undefined) continue;
    values[key] = merged.value;
    metadata[key] = merged.metadata;
  }
  return isEmpty(values) ? emptiedSection(atSeconds) : { values, metadata };
}

/** What is left of a section whose values are gone: the time since when (protocol.md 6.1). */
export function emptiedSection(atSeconds: number): Section {
  return { values: {}, metadata: { timestamp: atSeconds } };
}

type Merged = { value: unknown; metadata: unknown };

/** Undefined where nothing becomes of it: an object that sets nothing changes nothing. */
function mergeValue(
  value: unknown,
  metadata: unknown,
  { change, atSeconds }: { change: unknown; atSeconds: number },
): Merged | undefined {
  if (!isJsonObject(change)) return { value: change, metadata: { timestamp: atSeconds } };
  if (isJsonObject(value)) {
    if (isEmpty(change)) return undefined;
    const base = { values: value, metadata: isJsonObject(metadata) ? metadata : {} };
    return timedObject(mergeSection(base, change, atSeconds), atSeconds);
  }
  const made = mergeSection(NO_SECTION, change, atSeconds);
  return isEmpty(made.values) && !isEmpty(change) ? undefined : timedObject(made, atSeconds);
}

function timedObject({ values, metadata }: Section, atSeconds: number): Merged {
  const own = Object.hasOwn(values, 'timestamp') ? {} : { timestamp: atSeconds };
  return { value: values, metadata: Object.assign(copyOf(metadata), own) };
}

/** The text, which is what devices send; and what JSON has for nothing. */
function isDeletion(value: unknown): boolean {
  return value === NULL_TEXT || value === null;
}

export const NULL_TEXT = 'null';

/** Whether the changes put a value anywhere, and do not only delete. */
export function setsAnything(changes: JsonObject): boolean {
  return Object.values(changes).some((change) =>
    isJsonObject(change) && !isEmpty(change) ? setsAnything(change) : !isDeletion(change),
  );
}

export function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).length === 0;
}

function copyOf(object: JsonObject): Record<string, unknown> {
  return Object.assign(Object.create(null), object);
}
