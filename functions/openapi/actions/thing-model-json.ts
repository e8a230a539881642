import { findProduct } from '../../../shared/core/products/products.ts';
import { DEFAULT_MODULE, findThingModels } from '../../../shared/core/thing-models/thing-models.ts';
import { thingModelJson } from '../../../shared/core/tsl/thing-model-json.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { ThingModel } from '../../../shared/model/tsl.ts';
import type { Action, Actions } from '../action.ts';
import { keyText } from '../decoders.ts';
import { readAll, required, withDefault } from '../parameters.ts';
import { orEmptyDefault } from './thing-models.ts';

/** Of the default module it also says which custom ones there are (protocol.md 5.3). */
const queryThingModel: Action = async (parameters, { store }) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      functionBlockId: withDefault('FunctionBlockId', keyText, DEFAULT_MODULE),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, functionBlockId } = read.value;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const models = await findThingModels(productKey, store);
  const found = models.find((module) => idOf(module) === functionBlockId);
  const model = orEmptyDefault(found, productKey, functionBlockId);
  if (!model.ok) return model;
  const isDefault = functionBlockId === DEFAULT_MODULE;
  const custom = isDefault ? models.filter((module) => idOf(module) !== DEFAULT_MODULE) : [];
  const shown = JSON.stringify(thingModelJson(model.value, productKey, custom));
  return ok({ Data: { ThingModelJson: shown }, ProductKey: productKey });
};

const idOf = (module: ThingModel): string => module.functionBlockId ?? DEFAULT_MODULE;

/** Thing models have no drafts here: what was imported is published. */
export const thingModelJsonActions: Actions = {
  QueryThingModel: queryThingModel,
  QueryThingModelPublished: queryThingModel,
};
