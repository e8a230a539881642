import { findProduct } from '../../../shared/core/products/products.ts';
import { importThingModel } from '../../../shared/core/thing-models/import-thing-model.ts';
import { DEFAULT_MODULE, findThingModel } from '../../../shared/core/thing-models/thing-models.ts';
import {
  completeThingModel,
  simpleThingModel,
} from '../../../shared/core/tsl/complete-thing-model.ts';
import { ok, type Result, refuse } from '../../../shared/model/failure.ts';
import type { ThingModel } from '../../../shared/model/tsl.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, bool, keyText } from '../decoders.ts';
import { missing, optional, readAll, required, withDefault } from '../parameters.ts';

const importThingModelTsl: Action = async (parameters, registry) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      functionBlockId: optional('FunctionBlockId', keyText),
      functionBlockName: optional('FunctionBlockName', anyText),
      tslText: optional('TslStr', anyText),
      tslUrl: optional('TslUrl', anyText),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { tslText, tslUrl, productKey, functionBlockId, functionBlockName } = read.value;
  if (tslText === undefined) return tslUrl === undefined ? missing('TslStr') : TSL_URL_REFUSED;
  const imported = await importThingModel(
    {
      productKey,
      tslText,
      ...(functionBlockId === undefined ? {} : { functionBlockId }),
      ...(functionBlockName === undefined ? {} : { functionBlockName }),
    },
    registry,
  );
  return imported.ok ? ok({}) : imported;
};

const TSL_URL_REFUSED = refuse({
  kind: 'invalid-parameter',
  parameter: 'TslUrl',
  reason: 'documents are not fetched, send the text in TslStr',
});

const getThingModelTsl: Action = async (parameters, { store }) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      functionBlockId: withDefault('FunctionBlockId', keyText, DEFAULT_MODULE),
      simple: withDefault('Simple', bool, false),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, functionBlockId, simple } = read.value;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const found = await findThingModel(productKey, functionBlockId, store);
  const model = orEmptyDefault(found, productKey, functionBlockId);
  if (!model.ok) return model;
  const shown = simple ? simpleThingModel(model.value) : completeThingModel(model.value);
  return ok({ Data: { TslStr: JSON.stringify(shown), TslUri: '' } });
};

/**
 * The module that was found; a product has its default one from the start, with nothing in it. Refuses
 * `invalid-parameter` for any other that was not found.
 */
export function orEmptyDefault(
  found: ThingModel | undefined,
  productKey: string,
  functionBlockId: string,
): Result<ThingModel> {
  if (found) return ok(found);
  if (functionBlockId === DEFAULT_MODULE) {
    return ok({ profile: { productKey }, properties: [], events: [], services: [] });
  }
  const reason = `the product has no module ${functionBlockId}`;
  return refuse({ kind: 'invalid-parameter', parameter: 'FunctionBlockId', reason });
}

export const thingModelActions: Actions = {
  ImportThingModelTsl: importThingModelTsl,
  GetThingModelTsl: getThingModelTsl,
  // Thing models have no drafts here: what was imported is published.
  GetThingModelTslPublished: getThingModelTsl,
};
