import { Buffer, isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject } from './json-object.ts';

/** JSON has no undefined, so that undefined can say "not JSON in UTF-8". */
export function decodeJson(body: Buffer): unknown {
  if (!isUtf8(body)) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Undefined for whatever is no JSON object in UTF-8. */
export function readJsonObject(json: string | Uint8Array): JsonObject | undefined {
  const value = decodeJson(bytesOf(json));
  return isJsonObject(value) ? value : undefined;
}

function bytesOf(json: string | Uint8Array): Buffer {
  if (typeof json === 'string') return Buffer.from(json);
  return Buffer.isBuffer(json) ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength);
}
