import { deleteProduct, updateProduct } from '../../../shared/core/products/change-product.ts';
import { ok } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, keyText, shortText } from '../decoders.ts';
import { optional, readAll, required } from '../parameters.ts';
import { MOST_DESCRIPTION_CHARACTERS } from './products.ts';

const updateProductAction: Action = async (parameters, { store }) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      productName: required('ProductName', anyText),
      description: optional('Description', shortText(MOST_DESCRIPTION_CHARACTERS)),
    },
    parameters,
  );
  if (!read.ok) return read;
  const changed = await updateProduct(read.value, store);
  return changed.ok ? ok({}) : changed;
};

const deleteProductAction: Action = async (parameters, { store }) => {
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const deleted = await deleteProduct(productKey.value, store);
  return deleted.ok ? ok({}) : deleted;
};

export const productChangeActions: Actions = {
  UpdateProduct: updateProductAction,
  DeleteProduct: deleteProductAction,
};
