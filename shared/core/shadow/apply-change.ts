import { Buffer } from 'node:buffer';
import { ok, type Result } from '../../model/failure.ts';
import type { ShadowRecord } from '../../model/tables.ts';
import type { SectionChange, ShadowChange } from '../../ports/shadows.ts';
import {
  emptiedSection,
  isEmpty,
  mergeSection,
  NO_SECTION,
  type Section,
  setsAnything,
} from './merge-section.ts';
import { countAttributes, MOST_ATTRIBUTES, MOST_SHADOW_BYTES } from './section-size.ts';
import { refuseShadow, type SectionName } from './shadow-problems.ts';

/** Of every change: begin again at version 0. From a device, with nothing of what was there. */
export const RESET_VERSION = -1;

/** Of the API: whatever version is stored, which stays. */
const ANY_VERSION = 0;

/** Changes that a shadow remembers, so that one which comes again is taken as done. */
const REMEMBERED_MESSAGES = 64;

/**
 * The shadow with the change in it (protocol.md 6.2). Refuses `shadow-refused`: a version that is not
 * above the stored one, a section of more than 128 attributes, a state of more than 16 KB. `shadow`
 * is undefined before the first change, which may have any version.
 */
export function applyChange(
  shadow: ShadowRecord | undefined,
  change: ShadowChange,
): Result<ShadowRecord> {
  const version = nextVersion(shadow, change);
  if (version === undefined) {
    return refuseShadow('version-conflict', undefined, `the stored one is ${shadow?.version}`);
  }
  const base = isRenewal(change) ? undefined : shadow;
  const atSeconds = Math.floor(change.atMs / 1000);
  const reported = changeSection(sectionOf(base, 'reported'), change.reported, atSeconds);
  const desired = changeSection(sectionOf(base, 'desired'), change.desired, atSeconds);
  const tooMany = overfull({ reported, desired });
  if (tooMany) return refuseShadow('too-many', tooMany);
  if (stateBytes({ reported, desired }) > MOST_SHADOW_BYTES) return refuseShadow('too-long');
  return ok({
    reported: reported.values,
    desired: desired.values,
    reportedMetadata: reported.metadata,
    desiredMetadata: desired.metadata,
    timestampSeconds: atSeconds,
    version,
    recentMessageIds: remember(shadow, change.messageId),
  });
}

/** Whether the change is in the shadow already: its message came before. */
export function isApplied(shadow: ShadowRecord | undefined, { messageId }: ShadowChange): boolean {
  return messageId !== undefined && shadow?.recentMessageIds?.includes(messageId) === true;
}

/** Whether the device has something to obey behind it: then it is sent a control message. */
export function isOrder({ desired }: ShadowChange): boolean {
  return desired !== undefined && desired.kind !== 'clear' && setsAnything(desired.values);
}

/** Undefined where the change comes too late. */
function nextVersion(
  shadow: ShadowRecord | undefined,
  { from, version }: ShadowChange,
): number | undefined {
  if (version === RESET_VERSION) return 0;
  if (from === 'api' && version === ANY_VERSION) return shadow?.version ?? 0;
  return shadow === undefined || version > shadow.version ? version : undefined;
}

function isRenewal({ from, version }: ShadowChange): boolean {
  return from === 'device' && version === RESET_VERSION;
}

function sectionOf(shadow: ShadowRecord | undefined, name: SectionName): Section {
  if (!shadow) return NO_SECTION;
  return name === 'reported'
    ? { values: shadow.reported, metadata: shadow.reportedMetadata }
    : { values: shadow.desired, metadata: shadow.desiredMetadata };
}

function changeSection(
  section: Section,
  change: SectionChange | undefined,
  atSeconds: number,
): Section {
  switch (change?.kind) {
    case 'merge':
      return mergeSection(section, change.values, atSeconds);
    case 'replace':
      return mergeSection(NO_SECTION, change.values, atSeconds);
    case 'clear':
      return emptiedSection(atSeconds);
    case undefined:
      return section;
  }
}

type Sections = Readonly<Record<SectionName, Section>>;

function overfull({ reported, desired }: Sections): SectionName | undefined {
  if (isOverfull(reported)) return 'reported';
  return isOverfull(desired) ? 'desired' : undefined;
}

const isOverfull = ({ values }: Section): boolean =>
  !isEmpty(values) && countAttributes(values) > MOST_ATTRIBUTES;

/** Metadata is not counted: a device does not choose it. */
function stateBytes({ reported, desired }: Sections): number {
  const state = { reported: reported.values, desired: desired.values };
  return Buffer.byteLength(JSON.stringify(state));
}

function remember(
  shadow: ShadowRecord | undefined,
  messageId: string | undefined,
): readonly string[] {
  const recent = shadow?.recentMessageIds ?? [];
  return messageId === undefined ? recent : [...recent, messageId].slice(-REMEMBERED_MESSAGES);
}
