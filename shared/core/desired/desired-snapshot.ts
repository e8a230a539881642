import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { DataType } from '../../model/tsl.ts';
import type { Store } from '../../ports/table.ts';
import { unitOf } from '../openapi/property-snapshot.ts';
import { DEFAULT_MODULE, findThingModel } from '../thing-models/thing-models.ts';

/** A property that may be desired. Version 0: it has never been. */
export type DesiredStatus = {
  identifier: string;
  name: string;
  dataType: DataType['type'];
  unit: string;
  version: number;
  desired?: { value: unknown; changedAtMs: number };
};

/**
 * The properties of one module that are read and written, in the order of the TSL, or those that are
 * named. Identifiers of a custom module carry its name. Refuses a module or a name that is not there.
 */
export async function snapshotDesired(
  device: DeviceRecord,
  wanted: { functionBlockId: string; identifiers: readonly string[] },
  store: Store,
): Promise<Result<readonly DesiredStatus[]>> {
  const { functionBlockId, identifiers } = wanted;
  const [module, record] = await Promise.all([
    findThingModel(device.productKey, functionBlockId, store),
    store.table('desired_properties').read({ partition: device.iotId }),
  ]);
  if (!module && functionBlockId !== DEFAULT_MODULE) {
    return invalid('FunctionBlockId', `the product has no module ${functionBlockId}`);
  }
  const known = new Map(Object.entries(record?.value.properties ?? {}));
  const prefix = functionBlockId === DEFAULT_MODULE ? '' : `${functionBlockId}:`;
  const statuses = (module?.properties ?? [])
    .filter(({ accessMode }) => accessMode === 'rw')
    .map(({ identifier: bare, name, dataType }) => {
      const identifier = `${prefix}${bare}`;
      const { value = null, version = 0, changedAtMs = 0 } = known.get(identifier) ?? {};
      const status = { identifier, name, dataType: dataType.type, unit: unitOf(dataType), version };
      return value === null ? status : { ...status, desired: { value, changedAtMs } };
    });
  if (identifiers.length === 0) return ok(statuses);
  const named = identifiers.map((name) => name.slice(name.indexOf(':') + 1));
  const found = statuses.filter(({ identifier }) =>
    named.includes(identifier.slice(prefix.length)),
  );
  return found.length === new Set(named).size
    ? ok(found)
    : invalid('Identifier', 'a property of the module that is read and written');
}

function invalid(parameter: string, reason: string) {
  return refuse({ kind: 'invalid-parameter', parameter, reason });
}
