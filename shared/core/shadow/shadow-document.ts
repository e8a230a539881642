import type { ShadowRecord } from '../../model/tables.ts';
import type { JsonObject } from '../alink/json-object.ts';
import { isEmpty } from './merge-section.ts';

/** State and metadata as the platform shows them: what is empty is left out (protocol.md 6.1). */
export function stateOf(shadow: ShadowRecord): { state: JsonObject; metadata: JsonObject } {
  const { reported, desired, reportedMetadata, desiredMetadata } = shadow;
  return {
    state: withoutEmpty({ reported, desired }),
    metadata: withoutEmpty({ reported: reportedMetadata, desired: desiredMetadata }),
  };
}

/** The whole document, for GetDeviceShadow: of a device that never had one, an empty one of version 0. */
export function shadowDocument(shadow: ShadowRecord | undefined): JsonObject {
  if (!shadow) return { state: {}, metadata: {}, timestamp: 0, version: 0 };
  return { ...stateOf(shadow), timestamp: shadow.timestampSeconds, version: shadow.version };
}

/** Nothing was ever kept, or all was cleared from the beginning: the platform says that there is none. */
export function isBlank(shadow: ShadowRecord | undefined): boolean {
  if (!shadow) return true;
  return shadow.version === 0 && isEmpty(shadow.reported) && isEmpty(shadow.desired);
}

function withoutEmpty(sections: Readonly<Record<string, JsonObject>>): JsonObject {
  return Object.fromEntries(Object.entries(sections).filter(([, section]) => !isEmpty(section)));
}
