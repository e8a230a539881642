import { ok, type Result } from '../../model/failure.ts';
import type { DesiredRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { ALINK_CODES, refuseAlink } from '../alink/alink-codes.ts';
import { isJsonObject, type JsonObject } from '../alink/json-object.ts';
import { updateRecord } from '../records/update-record.ts';
import { setOwn } from '../tsl/timed-value.ts';

type Asking = { iotId: string; store: Store };

const MOST_A_REQUEST = 200;

const MALFORMED = refuseAlink(ALINK_CODES.parameterError);
const TOO_MANY = refuseAlink(ALINK_CODES.listSize);

/**
 * `thing/property/desired/get` (protocol.md 4.8): value and version of each that is asked for and has a
 * value; all of them where none is named. The list may also be the members of an object. Refuses with
 * `alink-refused`: 6104 over 200, 460 another shape.
 */
export async function getDesired(
  params: unknown,
  { iotId, store }: Asking,
): Promise<Result<Record<string, { value: unknown; version: number }>>> {
  const asked = Array.isArray(params) ? params : isJsonObject(params) ? Object.keys(params) : [{}];
  if (!asked.every((identifier) => typeof identifier === 'string')) return MALFORMED;
  if (asked.length > MOST_A_REQUEST) return TOO_MANY;
  const found = await store.table('desired_properties').read({ partition: iotId });
  const desired = new Map(Object.entries(found?.value.properties ?? {}));
  const data: Record<string, { value: unknown; version: number }> = {};
  for (const identifier of asked.length > 0 ? asked : desired.keys()) {
    const { value = null, version = 0 } = desired.get(identifier) ?? {};
    if (value !== null) setOwn(data, identifier, { value, version });
  }
  return ok(data);
}

/**
 * `thing/property/desired/delete`, `{id: {version}}` or that in a list (protocol.md 4.8): clears the values
 * whose version is the one given, or any where none is. Versions go on from where they stand. Refuses as
 * getDesired, and with 460 where nothing is named.
 */
export async function deleteDesired(
  params: unknown,
  { iotId, store }: Asking,
): Promise<Result<null>> {
  const named = Array.isArray(params) ? namedIn(params) : params;
  if (!isJsonObject(named) || !Object.values(named).every(isVersion)) return MALFORMED;
  const count = Object.keys(named).length;
  if (count === 0) return MALFORMED;
  if (count > MOST_A_REQUEST) return TOO_MANY;
  const table = store.table('desired_properties');
  await updateRecord(table, { partition: iotId }, (record) => without(record, named));
  return ok(null);
}

/** Objects of a list as one; undefined where there is another thing in it. */
function namedIn(items: readonly unknown[]): JsonObject | undefined {
  if (!items.every(isJsonObject)) return undefined;
  return Object.fromEntries(items.flatMap((item) => Object.entries(item)));
}

function isVersion(value: unknown): value is { version?: unknown } | null {
  return value === null || isJsonObject(value);
}

/** The record itself where nothing is cleared. */
function without(record: DesiredRecord, named: JsonObject): DesiredRecord {
  let changes = false;
  const properties = Object.entries(record.properties).map(([identifier, desired]) => {
    const asked = Object.hasOwn(named, identifier) ? named[identifier] : undefined;
    if (asked === undefined || desired.value === null) return [identifier, desired];
    const version = isJsonObject(asked) ? asked['version'] : undefined;
    if (version !== undefined && Number(version) !== desired.version) return [identifier, desired];
    changes = true;
    return [identifier, { ...desired, value: null }];
  });
  return changes ? { properties: Object.fromEntries(properties) } : record;
}
