import { Buffer } from 'node:buffer';
import { ok, type Result } from '../../model/failure.ts';
import type { SectionChange, ShadowChange } from '../../ports/shadows.ts';
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

type Asked = {
  /** Parameter `DeltaUpdate`: only what is named changes; else it takes the place of all there was. */
  isDelta: boolean;
  atMs: number;
};

/**
 * Reads the `ShadowMessage` of UpdateDeviceShadow (protocol.md 7.4). Refuses `shadow-refused`, each
 * flaw with its code of 7.5. `reported` may be written too, always key by key: so a Mooring that
 * keeps its shadows in this one writes what its devices report.
 */
export function readApiRequest(text: string, { isDelta, atMs }: Asked): Result<ShadowChange> {
  const body = Buffer.from(text);
  if (body.length > MOST_SHADOW_BYTES) return refuseShadow('too-long');
  const message = readJsonObject(body);
  if (!message) return refuseShadow('not-json');
  const { method, state } = message;
  if (method === undefined || method === null) return refuseShadow('method-absent');
  if (method !== 'update') return refuseShadow('method-unknown');
  if (!isJsonObject(state)) return refuseShadow('state-absent');
  const version = versionOf(message);
  if (!version.ok) return version;
  const desired = readSection(state, 'desired', isDelta ? 'merge' : 'replace');
  if (!desired.ok) return desired;
  const reported = readSection(state, 'reported', 'merge');
  if (!reported.ok) return reported;
  if (!desired.value && !reported.value) return refuseShadow('section-absent', 'desired');
  return ok({
    kind: 'change',
    from: 'api',
    version: version.value,
    atMs,
    ...(reported.value && { reported: reported.value }),
    ...(desired.value && { desired: desired.value }),
  });
}

function versionOf({ version }: JsonObject): Result<number> {
  if (version === undefined || version === null || version === '') {
    return refuseShadow('version-absent');
  }
  const number = readVersion(version);
  return number === undefined ? refuseShadow('version-invalid') : ok(number);
}

function readSection(
  state: JsonObject,
  name: SectionName,
  kind: 'merge' | 'replace',
): Result<SectionChange | undefined> {
  const section = state[name];
  if (section === undefined) return ok(undefined);
  if (section === null) return refuseShadow('section-null', name);
  if (section === NULL_TEXT) return ok({ kind: 'clear' });
  if (!isJsonObject(section)) return refuseShadow('section-not-json', name);
  if (isEmpty(section)) return refuseShadow('section-empty', name);
  if (!isWithinLevels(section)) return refuseShadow('too-deep', name);
  if (hasEmptyElement(section)) return refuseShadow('element-null', name);
  if (countAttributes(section) > MOST_ATTRIBUTES) return refuseShadow('too-many', name);
  return ok({ kind, values: section });
}

function hasEmptyElement(section: JsonObject): boolean {
  return Object.entries(section).some(
    ([key, value]) =>
      key === '' || value === null || (isJsonObject(value) && hasEmptyElement(value)),
  );
}
