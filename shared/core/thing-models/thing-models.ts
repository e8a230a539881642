import type { ThingModel } from '../../model/tsl.ts';
import type { Store } from '../../ports/table.ts';

/** Sort key of the module that has no identifier of its own. */
export const DEFAULT_MODULE = 'default';

/** Protocol.md 5.5: modules of a product, the default one included. */
export const MOST_MODULES = 20;

/** Every module of a product, in one read. Empty for a product without TSL. */
export async function findThingModels(
  productKey: string,
  store: Store,
): Promise<readonly ThingModel[]> {
  const page = await store.table('thing_models').list(productKey, { limit: LISTED_MODULES });
  return page.records.map(({ value }) => value.thingModel);
}

export async function findThingModel(
  productKey: string,
  functionBlockId: string,
  store: Store,
): Promise<ThingModel | undefined> {
  const key = { partition: productKey, sort: functionBlockId };
  const found = await store.table('thing_models').read(key);
  return found?.value.thingModel;
}

/** Imports that run at the same moment may end up with a module more than MOST_MODULES. */
const LISTED_MODULES = 2 * MOST_MODULES;
