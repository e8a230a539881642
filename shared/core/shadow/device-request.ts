import { ok, type Result } from '../../model/failure.ts';
import type { SectionChange, ShadowChange, ShadowRequest } from '../../ports/shadows.ts';
import { readJsonObject } from '../alink/decode-json.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { isEmpty, NULL_TEXT } from './merge-section.ts';
import { readVersion } from './read-version.ts';
import {
  countAttributes,
  isWithinLevels,
  MOST_ATTRIBUTES,
  MOST_SHADOW_BYTES,
} from './section-size.ts';
import { refuseShadow, type SectionName } from './shadow-problems.ts';

export type DeviceRequest = {
  /** Also of a request that is refused. */
  clientToken?: string;
  request: Result<ShadowRequest>;
};

type Sent = { messageId: string; atMs: number };

/**
 * Reads what a device publishes to `/shadow/update/…` (protocol.md 6.1). Refuses `shadow-refused`, with
 * the first of 400 to 408 that is so (6.3). A deletion becomes a merge of deleting values.
 */
export function readDeviceRequest(body: Uint8Array, sent: Sent): DeviceRequest {
  if (body.length === 0) return { request: refuseShadow('document-empty') };
  if (body.length > MOST_SHADOW_BYTES) return { request: refuseShadow('too-long') };
  const message = readJsonObject(body);
  if (!message) return { request: refuseShadow('not-json') };
  if (isEmpty(message)) return { request: refuseShadow('document-empty') };
  const { clientToken } = message;
  const request = readRequest(message, sent);
  return typeof clientToken === 'string' ? { clientToken, request } : { request };
}

function readRequest(message: JsonObject, sent: Sent): Result<ShadowRequest> {
  const { method } = message;
  switch (method) {
    case undefined:
    case null:
      return refuseShadow('method-absent');
    case 'get':
      return ok({ kind: 'get' });
    case 'update':
    case 'delete':
      return readChange(message, method, sent);
    default:
      return refuseShadow('method-unknown');
  }
}

function readChange(
  { state, version }: JsonObject,
  method: 'update' | 'delete',
  sent: Sent,
): Result<ShadowChange> {
  if (!isJsonObject(state)) return refuseShadow('state-absent');
  const number = readVersion(version);
  if (number === undefined) return refuseShadow('version-invalid');
  const reported = readSection(state, 'reported', method);
  if (!reported.ok) return reported;
  const desired = readSection(state, 'desired', method);
  if (!desired.ok) return desired;
  if (!reported.value && !desired.value) return refuseShadow('section-absent', 'reported');
  return ok({
    kind: 'change',
    from: 'device',
    version: number,
    ...sent,
    ...(reported.value && { reported: reported.value }),
    ...(desired.value && { desired: desired.value }),
  });
}

/** Undefined where there is none; so for a `desired` that desires nothing. */
function readSection(
  state: JsonObject,
  name: SectionName,
  method: 'update' | 'delete',
): Result<SectionChange | undefined> {
  const section = state[name];
  if (section === undefined || section === null) return ok(undefined);
  if (section === NULL_TEXT) return ok({ kind: 'clear' });
  if (!isJsonObject(section)) return refuseShadow('section-not-json', name);
  if (isEmpty(section)) {
    return name === 'reported' ? refuseShadow('section-empty', name) : ok(undefined);
  }
  if (!isWithinLevels(section)) return refuseShadow('too-deep', name);
  if (countAttributes(section) > MOST_ATTRIBUTES) return refuseShadow('too-many', name);
  const values = method === 'delete' ? deletionOf(section) : section;
  return ok({ kind: 'merge', values });
}

/** What stands behind a key does not matter, but for the keys of an object. */
function deletionOf(section: JsonObject): JsonObject {
  const deletion: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(section)) {
    deletion[key] = isJsonObject(value) && !isEmpty(value) ? deletionOf(value) : NULL_TEXT;
  }
  return deletion;
}
