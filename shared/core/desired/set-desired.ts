import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Refusal, type Result, refuse } from '../../model/failure.ts';
import type { DesiredRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import type { JsonObject } from '../alink/json-object.ts';
import type { ControlModel } from '../downlink/control-model.ts';
import { findMember } from '../downlink/thing-members.ts';
import { dataTypeCheck } from '../tsl/data-type-check.ts';
import { setOwn } from '../tsl/timed-value.ts';
import { refuseTsl, TSL_FAULTS } from '../tsl/tsl-faults.ts';

/** `versions` are those that the caller knows; of a property that is not in it any will do. */
export type DesiredChange = { items: JsonObject; versions: JsonObject };

/** New versions by identifier. */
export type DesiredVersions = Readonly<Record<string, number>>;

type SetParts = { device: DeviceRecord; store: Store; nowMs: () => number };

/** Protocol.md 4.8. */
const MOST_A_CALL = 10;

/**
 * What may be desired (protocol.md 4.8): up to 10 properties of the thing model that are read and
 * written, null or of their type. Refuses `invalid-parameter` and `tsl-violation`.
 */
export function checkDesired(items: JsonObject, model: ControlModel): Result<void> {
  const entries = Object.entries(items);
  if (entries.length === 0) return refuseItems('there is no property in it');
  if (entries.length > MOST_A_CALL) return refuseItems(`at most ${MOST_A_CALL} properties`);
  for (const [identifier, value] of entries) {
    const property = findMember(model.modules, identifier, ({ properties }) => properties);
    if (!property) return refuseTsl(TSL_FAULTS.paramsNotExist, identifier);
    if (property.accessMode !== 'rw') return refuseItems(`${identifier} is not read and written`);
    if (value === null || model.validation === 'none') continue;
    const violation = dataTypeCheck(property.dataType)(value);
    if (violation) return refuseTsl(violation, `${identifier}${violation.at ?? ''}`);
  }
  return ok(undefined);
}

/**
 * Sets or, by null, clears desired values: all of them or, where one has another version than the caller
 * knows, none (`desired-version-conflict`). Whoever writes at the same moment is not overwritten.
 */
export async function setDesired(
  change: DesiredChange,
  { device, store, nowMs }: SetParts,
): Promise<Result<DesiredVersions>> {
  const table = store.table('desired_properties');
  const key = { partition: device.iotId };
  for (;;) {
    const found = await table.read(key);
    const changed = changeDesired(found?.value ?? NOTHING, change, nowMs());
    if (!changed.ok) return changed;
    const written = found
      ? await table.replace(key, changed.value.record, found.version)
      : await table.insert(key, changed.value.record);
    if (written) return ok(changed.value.versions);
  }
}

const NOTHING: DesiredRecord = { properties: {} };

function changeDesired(
  { properties }: DesiredRecord,
  { items, versions: known }: DesiredChange,
  nowMs: number,
): Result<{ record: DesiredRecord; versions: DesiredVersions }> {
  const changed = { ...properties };
  const versions: Record<string, number> = {};
  for (const [identifier, value] of Object.entries(items)) {
    const version = Object.hasOwn(changed, identifier) ? (changed[identifier]?.version ?? 0) : 0;
    const expected = Object.hasOwn(known, identifier) ? known[identifier] : undefined;
    if (expected !== undefined && Number(expected) !== version) {
      return refuse({ kind: 'desired-version-conflict', identifier, version });
    }
    setOwn(changed, identifier, { value, version: version + 1, changedAtMs: nowMs });
    setOwn(versions, identifier, version + 1);
  }
  return ok({ record: { properties: changed }, versions });
}

function refuseItems(reason: string): Refusal {
  return refuse({ kind: 'invalid-parameter', parameter: 'Items', reason });
}
