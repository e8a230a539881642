import type { ShadowRecord } from '../../model/tables.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { isBlank } from '../shadow/shadow-document.ts';
import type { Readable } from './account-members.ts';

/**
 * ShadowMessage of GetDeviceShadow (protocol.md 6.1, 7.3): the stored document, or the reply to a device
 * that asked for it. Undefined for a shadow that was never used.
 */
export function readShadow(text: string): Readable<ShadowRecord | undefined> {
  if (text.trim() === '') return { value: undefined };
  const document = readJsonObject(text);
  if (!document) return { reason: 'the account shows a shadow that is not JSON' };
  const { payload } = document;
  const content = isJsonObject(payload) ? payload : document;
  const state = objectIn(content, 'state');
  const metadata = objectIn(content, 'metadata');
  const shadow: ShadowRecord = {
    reported: objectIn(state, 'reported'),
    desired: objectIn(state, 'desired'),
    reportedMetadata: objectIn(metadata, 'reported'),
    desiredMetadata: objectIn(metadata, 'desired'),
    timestampSeconds: wholeNumberIn(document, 'timestamp') ?? 0,
    version: wholeNumberIn(document, 'version') ?? wholeNumberIn(content, 'version') ?? 0,
  };
  return { value: isBlank(shadow) ? undefined : shadow };
}

/** The account's where it is the later one, else the record itself. */
export function mergeShadow(local: ShadowRecord | undefined, shadow: ShadowRecord): ShadowRecord {
  return local === undefined || isLater(shadow, local) ? { ...local, ...shadow } : local;
}

function isLater(one: ShadowRecord, other: ShadowRecord): boolean {
  if (one.version !== other.version) return one.version > other.version;
  return one.timestampSeconds > other.timestampSeconds;
}

function objectIn(holder: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
  return isJsonObject(value) ? value : {};
}

function wholeNumberIn(holder: JsonObject, name: string): number | undefined {
  const value = holder[name];
  return Number.isSafeInteger(value) ? Number(value) : undefined;
}
