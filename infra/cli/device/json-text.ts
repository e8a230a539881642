import { isJsonObject, type JsonObject } from '../../../shared/core/alink/json-object.ts';

/** Undefined for whatever is no JSON object. */
export function readJsonObject(text: string | Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(
      typeof text === 'string' ? text : Buffer.from(text).toString('utf8'),
    );
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
