import { findProduct } from '../../../shared/core/products/products.ts';
import {
  ALL_FLAGS,
  SUBSCRIPTION_FLAGS,
} from '../../../shared/core/subscriptions/subscription-flag.ts';
import {
  createSubscription,
  deleteSubscription,
  findSubscription,
  MOST_SUBSCRIBED_GROUPS,
  subscribeGroup,
  unsubscribeGroup,
  updateSubscription,
} from '../../../shared/core/subscriptions/subscriptions.ts';
import { ok, type Result } from '../../../shared/model/failure.ts';
import type { SubscriptionFlag, SubscriptionRecord } from '../../../shared/model/tables.ts';
import type { Action, Actions } from '../action.ts';
import { bool, keyText } from '../decoders.ts';
import {
  type Decode,
  list,
  missing,
  type Parameters,
  readAll,
  required,
  withDefault,
} from '../parameters.ts';

const amqp: Decode<'AMQP'> = (text) => {
  if (text === 'AMQP') return { value: text };
  return { reason: text === 'MNS' ? 'MNS is not offered here, AMQP alone' : 'AMQP' };
};

const readers = { productKey: required('ProductKey', keyText), type: required('Type', amqp) };

const changeReaders = {
  ...readers,
  groupIds: list('ConsumerGroupIds', MOST_SUBSCRIBED_GROUPS, (item) => required(item, keyText)),
  flags: readFlags,
};

const createSubscribeRelation: Action = async (parameters, { store }) => {
  const read = readAll(changeReaders, parameters);
  if (!read.ok) return read;
  const { productKey, groupIds, flags } = read.value;
  if (groupIds.length === 0) return missing('ConsumerGroupIds.N');
  const created = await createSubscription({ productKey, groupIds, flags }, store);
  return created.ok ? ok({}) : created;
};

/** A flag that is not sent is off (protocol.md 7.4); groups that are not sent stay. */
const updateSubscribeRelation: Action = async (parameters, { store }) => {
  const read = readAll(changeReaders, parameters);
  if (!read.ok) return read;
  const { productKey, groupIds, flags } = read.value;
  const wanted = groupIds.length === 0 ? { productKey, flags } : { productKey, flags, groupIds };
  const updated = await updateSubscription(wanted, store);
  return updated.ok ? ok({}) : updated;
};

const querySubscribeRelation: Action = async (parameters, { store }) => {
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const { productKey, type } = read.value;
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const found = await findSubscription(productKey, store);
  if (!found.ok) return found;
  const { groupIds, flags } = found.value;
  const flagMembers = SUBSCRIPTION_FLAGS.map((flag) => [memberOf(flag), flags[flag]]);
  return ok({
    ConsumerGroupIds: groupIds,
    ...Object.fromEntries(flagMembers),
    ProductKey: productKey,
    Type: type,
  });
};

const deleteSubscribeRelation: Action = async (parameters, { store }) => {
  const read = readAll(readers, parameters);
  if (!read.ok) return read;
  const deleted = await deleteSubscription(read.value.productKey, store);
  return deleted.ok ? ok({}) : deleted;
};

function readFlags(parameters: Parameters): Result<SubscriptionRecord['flags']> {
  const flags: Record<SubscriptionFlag, boolean> = { ...ALL_FLAGS };
  for (const flag of SUBSCRIPTION_FLAGS) {
    const read = withDefault(memberOf(flag), bool, false)(parameters);
    if (!read.ok) return read;
    flags[flag] = read.value;
  }
  return ok(flags);
}

/** The first letter of its name is a capital one in parameters and members. */
function memberOf(flag: SubscriptionFlag): string {
  return `${flag.charAt(0).toUpperCase()}${flag.slice(1)}`;
}

const groupReaders = {
  productKey: required('ProductKey', keyText),
  groupId: required('ConsumerGroupId', keyText),
};

/** Of one group of a subscription that there is. */
function changingGroup(change: typeof subscribeGroup): Action {
  return async (parameters, { store }) => {
    const read = readAll(groupReaders, parameters);
    if (!read.ok) return read;
    const changed = await change(read.value, store);
    return changed.ok ? ok({}) : changed;
  };
}

export const subscribeRelationActions: Actions = {
  CreateSubscribeRelation: createSubscribeRelation,
  UpdateSubscribeRelation: updateSubscribeRelation,
  QuerySubscribeRelation: querySubscribeRelation,
  DeleteSubscribeRelation: deleteSubscribeRelation,
  CreateConsumerGroupSubscribeRelation: changingGroup(subscribeGroup),
  DeleteConsumerGroupSubscribeRelation: changingGroup(unsubscribeGroup),
};
