import { isJsonObject, type JsonObject } from '../alink/json-object.ts';

/** A member of the account that is JSON as text; undefined for whatever is no object. */
export function readJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
