import { Buffer } from 'node:buffer';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { decodeJson } from '../alink/parse-alink-request.ts';

/** A member of the account that is JSON as text; undefined for whatever is no object. */
export function readJsonObject(text: string): JsonObject | undefined {
  const value = decodeJson(Buffer.from(text));
  return isJsonObject(value) ? value : undefined;
}
