import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ValidationLevel } from '../../model/product.ts';
import type { ThingModel } from '../../model/tsl.ts';
import type { Store } from '../../ports/table.ts';
import { findProduct } from '../products/products.ts';
import { findThingModels } from '../thing-models/thing-models.ts';

/** What requests to the devices of a product are judged by. */
export type ControlModel = { validation: ValidationLevel; modules: readonly ThingModel[] };

/** As stored. Refuses `alink-refused` for raw data: requests would go through a script, and there is none. */
export async function findControlModel(
  productKey: string,
  store: Store,
): Promise<Result<ControlModel>> {
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const { dataFormat, validation } = product.value;
  if (dataFormat === 0) return NO_SCRIPT;
  return ok({ validation, modules: await findThingModels(productKey, store) });
}

const NO_SCRIPT = refuse({
  kind: 'alink-refused',
  code: 6200,
  message: 'script relation not exist',
});
