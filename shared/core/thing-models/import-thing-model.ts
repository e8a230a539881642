import { ok, type Result, refuse } from '../../model/failure.ts';
import type { ThingModel } from '../../model/tsl.ts';
import type { Registry } from '../devices/registry.ts';
import { findProduct } from '../products/products.ts';
import { upsertRecord } from '../records/update-record.ts';
import { parseThingModel } from '../tsl/check-thing-model.ts';
import { DEFAULT_MODULE, findThingModels, MOST_MODULES } from './thing-models.ts';

export type ThingModelImport = {
  productKey: string;
  /** Without one the document's own counts, and without that the default module. */
  functionBlockId?: string;
  functionBlockName?: string;
  /** TSL JSON (protocol.md 5.1). */
  tslText: string;
};

/**
 * Puts a module of a product's thing model in place of what was there. It holds for the next
 * message of a device, wherever the product's record is not cached any more. Refuses an unknown
 * product, a document that does not check, a malformed functionBlockId and a 21st module.
 */
export async function importThingModel(
  wanted: ThingModelImport,
  { store, nowMs }: Pick<Registry, 'store' | 'nowMs'>,
): Promise<Result<ThingModel>> {
  const { productKey } = wanted;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const parsed = parseThingModel(wanted.tslText);
  if (!parsed.ok) return parsed;
  const functionBlockId = wanted.functionBlockId ?? parsed.value.functionBlockId ?? DEFAULT_MODULE;
  if (!FUNCTION_BLOCK_ID.test(functionBlockId)) {
    const reason = '1 to 30 letters, digits and _';
    return refuse({ kind: 'invalid-parameter', parameter: 'FunctionBlockId', reason });
  }
  if (!(await hasRoomFor(functionBlockId, productKey, store))) {
    return refuse({
      kind: 'invalid-thing-model',
      reason: `the product has ${MOST_MODULES} modules already`,
    });
  }
  const thingModel = moduleOf(parsed.value, { ...wanted, functionBlockId });
  const key = { partition: productKey, sort: functionBlockId };
  const record = { thingModel, importedAtMs: nowMs() };
  await upsertRecord(store.table('thing_models'), key, () => record);
  return ok(thingModel);
}

/** Protocol.md 5.1. */
const FUNCTION_BLOCK_ID = /^[A-Za-z0-9_]{1,30}$/;

/** The document as this product's own, whichever product it was exported from. */
function moduleOf(
  document: ThingModel,
  wanted: ThingModelImport & { functionBlockId: string },
): ThingModel {
  const { functionBlockId, functionBlockName: documentName, ...model } = document;
  const profile = { ...model.profile, productKey: wanted.productKey };
  if (wanted.functionBlockId === DEFAULT_MODULE) return { ...model, profile };
  const functionBlockName = wanted.functionBlockName ?? documentName ?? wanted.functionBlockId;
  return { ...model, profile, functionBlockId: wanted.functionBlockId, functionBlockName };
}

async function hasRoomFor(
  functionBlockId: string,
  productKey: string,
  store: Registry['store'],
): Promise<boolean> {
  const modules = await findThingModels(productKey, store);
  if (modules.length < MOST_MODULES) return true;
  return modules.some((module) => (module.functionBlockId ?? DEFAULT_MODULE) === functionBlockId);
}
