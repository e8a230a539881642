import type { DesiredRecord } from '../../model/tables.ts';
import type { AccountEntry } from '../../ports/account.ts';
import { numberIn, textIn } from './account-members.ts';
import { qualified, valueIn } from './account-values.ts';

export type AccountDesired = DesiredRecord['properties'][string] & { identifier: string };

/**
 * What QueryDeviceDesiredProperty tells of one module (protocol.md 7.3). Properties that never had a
 * desired value are of version 0 and left out; one that was cleared has a version and no value.
 */
export function readDesired(
  entries: readonly AccountEntry[],
  functionBlockId?: string,
): readonly AccountDesired[] {
  return entries.flatMap((entry) => {
    const identifier = qualified(textIn(entry, 'Identifier'), functionBlockId);
    const version = numberIn(entry, 'Version') ?? 0;
    if (identifier === '' || version <= 0) return [];
    const value = valueIn(entry) ?? null;
    return [{ identifier, value, version, changedAtMs: numberIn(entry, 'Time') ?? 0 }];
  });
}

/** The record with those properties whose version is higher than here, or the record itself. */
export function mergeDesired(
  local: DesiredRecord | undefined,
  desired: readonly AccountDesired[],
): DesiredRecord | undefined {
  const properties = new Map(Object.entries(local?.properties ?? {}));
  const newer = desired.filter(
    ({ identifier, version }) => version > (properties.get(identifier)?.version ?? 0),
  );
  if (newer.length === 0) return local;
  for (const { identifier, ...property } of newer) properties.set(identifier, property);
  return { ...local, properties: Object.fromEntries(properties) };
}
