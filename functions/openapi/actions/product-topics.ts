import { findProduct } from '../../../shared/core/products/products.ts';
import {
  createTopicClass,
  listTopicClasses,
  type ShownTopicClass,
} from '../../../shared/core/topic-classes/topic-classes.ts';
import { topicShortNameFault } from '../../../shared/core/topic-classes/topic-short-name.ts';
import { ok, refuse } from '../../../shared/model/failure.ts';
import type { Action, Actions } from '../action.ts';
import { anyText, keyText, shortText, word } from '../decoders.ts';
import { readAll, required, withDefault } from '../parameters.ts';

/** What a query shows for them: other than what the call that makes a class takes (protocol.md 7.4). */
const SHOWN_OPERATIONS = { PUB: '0', SUB: '1', ALL: '2' } as const;

const MOST_DESCRIPTION_CHARACTERS = 100;

const createProductTopic: Action = async (parameters, parts) => {
  const read = readAll(
    {
      productKey: required('ProductKey', keyText),
      topicShortName: required('TopicShortName', anyText),
      operation: required('Operation', word('SUB', 'PUB', 'ALL')),
      description: withDefault('Desc', shortText(MOST_DESCRIPTION_CHARACTERS), ''),
    },
    parameters,
  );
  if (!read.ok) return read;
  const { productKey, topicShortName, operation } = read.value;
  const reason = topicShortNameFault(topicShortName, operation);
  if (reason) return refuse({ kind: 'invalid-parameter', parameter: 'TopicShortName', reason });
  const product = await findProduct(productKey, parts.store);
  if (!product.ok) return product;
  const created = await createTopicClass(read.value, parts);
  return created.ok ? ok({ TopicId: created.value }) : created;
};

const queryProductTopic: Action = async (parameters, { store }) => {
  const productKey = required('ProductKey', keyText)(parameters);
  if (!productKey.ok) return productKey;
  const product = await findProduct(productKey.value, store);
  if (!product.ok) return product;
  const classes = await listTopicClasses(productKey.value, store);
  const shown = classes.map((topicClass) => topicInfo(productKey.value, topicClass));
  return ok({ Data: { ProductTopicInfo: shown } });
};

/** With the whole topic, and the very text `${deviceName}` in it. */
function topicInfo(productKey: string, topicClass: ShownTopicClass) {
  const { topicId, topicShortName, operation, description } = topicClass;
  return {
    Desc: description,
    Id: String(topicId),
    Operation: SHOWN_OPERATIONS[operation],
    ProductKey: productKey,
    TopicShortName: `/${productKey}/\${deviceName}/user/${topicShortName}`,
  };
}

export const productTopicActions: Actions = {
  CreateProductTopic: createProductTopic,
  QueryProductTopic: queryProductTopic,
};
