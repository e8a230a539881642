import { ok, type Result } from '../../model/failure.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { isJsonObject } from '../alink/json-object.ts';
import { isTagKey, LONGEST_TAG_VALUE_CHARACTERS, type Tags } from './tags.ts';

const MOST_A_REQUEST = 200;

const MALFORMED = refuseAlink(ALINK_CODES.parameterError);

/**
 * `[{attrKey, attrValue}]` of `thing/deviceinfo/update`, or a single one (protocol.md 4.9). Numbers become
 * text; other members, such as the `domain` of the C SDK, are ignored. Refuses with `alink-refused` 460:
 * none, over 200, a key or a value that no tag may have.
 */
export function readTagList(params: unknown): Result<Tags> {
  const items = Array.isArray(params) ? params : [params];
  if (items.length === 0 || items.length > MOST_A_REQUEST) return MALFORMED;
  const tags = new Map<string, string>();
  for (const item of items) {
    if (!isJsonObject(item)) return MALFORMED;
    const { attrKey, attrValue } = item;
    const value = textOf(attrValue);
    if (typeof attrKey !== 'string' || !isTagKey(attrKey) || value === undefined) return MALFORMED;
    tags.set(attrKey, value);
  }
  return ok(Object.fromEntries(tags));
}

/** `[{attrKey}]`, or bare keys; none is an empty list. Refuses as readTagList. */
export function readTagKeys(params: unknown): Result<readonly string[]> {
  const items = Array.isArray(params) ? params : [params];
  if (items.length > MOST_A_REQUEST) return MALFORMED;
  const keys: string[] = [];
  for (const item of items) {
    const key = isJsonObject(item) ? item['attrKey'] : item;
    if (key === undefined && items.length === 1) return ok([]);
    if (typeof key !== 'string' || key === '') return MALFORMED;
    keys.push(key);
  }
  return ok(keys);
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text.length > LONGEST_TAG_VALUE_CHARACTERS) return undefined;
  return text;
}
