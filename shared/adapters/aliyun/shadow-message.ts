import type { ShadowRecord } from '../../model/tables.ts';
import type { SectionChange, ShadowChange } from '../../ports/shadows.ts';
import type { Members } from './pop-outcome.ts';
import { entryAt, numberAt, valueAt } from './reply-values.ts';

/** The change as UpdateDeviceShadow takes it: the form in which devices ask for it (protocol.md 6.1). */
export function shadowMessage({ reported, desired, version }: ShadowChange): string {
  const state = {
    ...(reported && { reported: sectionText(reported) }),
    ...(desired && { desired: sectionText(desired) }),
  };
  return JSON.stringify({ method: 'update', state, version });
}

const sectionText = (change: SectionChange): unknown =>
  change.kind === 'clear' ? NULL_TEXT : change.values;

const NULL_TEXT = 'null';

/**
 * The document in a reply of GetDeviceShadow, whether it comes as text or as it is. Undefined where
 * there is none.
 */
export function shadowIn(reply: Members): ShadowRecord | undefined {
  const document = parsed(reply['ShadowMessage']);
  if (valueAt(document, ['state']) === undefined) return undefined;
  return {
    reported: entryAt(document, ['state', 'reported']),
    desired: entryAt(document, ['state', 'desired']),
    reportedMetadata: entryAt(document, ['metadata', 'reported']),
    desiredMetadata: entryAt(document, ['metadata', 'desired']),
    timestampSeconds: numberAt(document, ['timestamp']),
    version: numberAt(document, ['version']),
  };
}

function parsed(message: unknown): unknown {
  if (typeof message !== 'string') return message;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** Whether the document is as the change would leave it, as far as it says anything. */
export function holdsChange(document: ShadowRecord, change: ShadowChange): boolean {
  return (
    document.version === change.version &&
    holdsSection(document.reported, change.reported) &&
    holdsSection(document.desired, change.desired)
  );
}

function holdsSection(values: unknown, change: SectionChange | undefined): boolean {
  if (change === undefined) return true;
  return change.kind === 'clear'
    ? isObject(values) && isEmpty(values)
    : holds(values, change.values);
}

function holds(value: unknown, wanted: unknown): boolean {
  if (wanted === NULL_TEXT || wanted === null) return value === undefined;
  if (!isObject(wanted)) return JSON.stringify(value) === JSON.stringify(wanted);
  const held = isObject(value) ? value : {};
  return Object.entries(wanted).every(([key, member]) =>
    holds(Object.hasOwn(held, key) ? held[key] : undefined, member),
  );
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isEmpty = (value: JsonObject): boolean => Object.keys(value).length === 0;
