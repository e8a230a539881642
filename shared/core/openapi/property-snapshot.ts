import type { DeviceRecord } from '../../model/device.ts';
import { ok, type Result, refuse } from '../../model/failure.ts';
import type { DataType } from '../../model/tsl.ts';
import type { Store } from '../../ports/table.ts';
import { DEFAULT_MODULE, findThingModel } from '../thing-models/thing-models.ts';

/** A property of the thing model and what the device last said of it, if it did. */
export type PropertyStatus = {
  identifier: string;
  name: string;
  dataType: DataType['type'];
  unit: string;
  latest?: { value: unknown; timeMs: number };
};

/**
 * Every property of one module, in the order of the TSL; identifiers of a custom module carry its
 * name (`ns:identifier`), as in what the device posts. A product without TSL has none. Refuses a
 * module that the product does not have.
 */
export async function snapshotProperties(
  device: DeviceRecord,
  functionBlockId: string,
  store: Store,
): Promise<Result<readonly PropertyStatus[]>> {
  const [module, state] = await Promise.all([
    findThingModel(device.productKey, functionBlockId, store),
    store.table('thing_state').read({ partition: device.iotId }),
  ]);
  if (!module && functionBlockId !== DEFAULT_MODULE) {
    const reason = `the product has no module ${functionBlockId}`;
    return refuse({ kind: 'invalid-parameter', parameter: 'FunctionBlockId', reason });
  }
  const latest = new Map(Object.entries(state?.value.properties ?? {}));
  const prefix = functionBlockId === DEFAULT_MODULE ? '' : `${functionBlockId}:`;
  const statuses = (module?.properties ?? []).map(({ identifier: bare, name, dataType }) => {
    const identifier = `${prefix}${bare}`;
    const known = latest.get(identifier);
    const status = { identifier, name, dataType: dataType.type, unit: unitOf(dataType) };
    return known ? { ...status, latest: { value: known.value, timeMs: known.time } } : status;
  });
  return ok(statuses);
}

export function unitOf(dataType: DataType): string {
  switch (dataType.type) {
    case 'int':
    case 'float':
    case 'double':
      return dataType.specs.unit ?? '';
    default:
      return '';
  }
}
