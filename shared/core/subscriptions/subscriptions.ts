import { ok, type Result, refuse } from '../../model/failure.ts';
import type { SubscriptionRecord } from '../../model/tables.ts';
import type { Store } from '../../ports/table.ts';
import { findProduct, PRODUCTS_PARTITION } from '../products/products.ts';
import { updateRecord } from '../records/update-record.ts';
import { walkInGroups } from '../records/walk-partition.ts';
import { findConsumerGroup } from './consumer-groups.ts';

/** Of a product (protocol.md 7.4). */
export const MOST_SUBSCRIBED_GROUPS = 10;

export type NewSubscription = SubscriptionRecord & { productKey: string };

/**
 * Subscribes groups to a product. Refuses `unknown-product`, `subscription-exists`,
 * `unknown-consumer-group`, `consumer-group-limit`, and flags of which none is set.
 */
export async function createSubscription(
  { productKey, ...wanted }: NewSubscription,
  store: Store,
): Promise<Result<void>> {
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const subscription = await checkSubscription(wanted, store);
  if (!subscription.ok) return subscription;
  const table = store.table('subscriptions');
  return (await table.insert(keyOf(productKey), subscription.value))
    ? ok(undefined)
    : refuse({ kind: 'subscription-exists', productKey });
}

export type SubscriptionChange = Pick<NewSubscription, 'productKey' | 'flags'> & {
  /** Absent: stay as they are. */
  groupIds?: readonly string[] | undefined;
};

/** Refuses as createSubscription does, but `unknown-subscription` where there is none. */
export function updateSubscription(
  { productKey, flags, groupIds }: SubscriptionChange,
  store: Store,
): Promise<Result<void>> {
  const change = (known: SubscriptionRecord) =>
    checkSubscription({ flags, groupIds: groupIds ?? known.groupIds }, store);
  return changeSubscription(productKey, change, store);
}

/** Nothing to do for one that is subscribed. Refuses as updateSubscription does. */
export function subscribeGroup(
  { productKey, groupId }: { productKey: string; groupId: string },
  store: Store,
): Promise<Result<void>> {
  const change = (known: SubscriptionRecord) =>
    checkSubscription({ ...known, groupIds: [...known.groupIds, groupId] }, store);
  return changeSubscription(productKey, change, store);
}

/** Refuses `unknown-product`, `unknown-subscription`, also for a group that is not in it, and `last-consumer-group`. */
export function unsubscribeGroup(
  { productKey, groupId }: { productKey: string; groupId: string },
  store: Store,
): Promise<Result<void>> {
  const change = async (known: SubscriptionRecord): Promise<Result<SubscriptionRecord>> => {
    const { groupIds } = known;
    if (!groupIds.includes(groupId)) {
      return refuse({ kind: 'unknown-subscription', productKey, groupId });
    }
    if (groupIds.length === 1) return refuse({ kind: 'last-consumer-group', productKey });
    return ok({ ...known, groupIds: groupIds.filter((id) => id !== groupId) });
  };
  return changeSubscription(productKey, change, store);
}

/** With those of its groups that there are: it may be none. Refuses `unknown-subscription`. */
export async function findSubscription(
  productKey: string,
  store: Store,
): Promise<Result<SubscriptionRecord>> {
  const found = await store.table('subscriptions').read(keyOf(productKey));
  if (!found) return refuse({ kind: 'unknown-subscription', productKey });
  return ok(await withoutDeleted(found.value, store));
}

/** Refuses `unknown-product` and `unknown-subscription`. */
export async function deleteSubscription(productKey: string, store: Store): Promise<Result<void>> {
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  return (await store.table('subscriptions').remove(keyOf(productKey)))
    ? ok(undefined)
    : refuse({ kind: 'unknown-subscription', productKey });
}

/** Takes a group out of the subscriptions of all products, be it the last one of some. */
export async function unsubscribeEverywhere(groupId: string, store: Store): Promise<void> {
  const products = walkInGroups(store.table('products'), PRODUCTS_PARTITION, PRODUCTS_AT_ONCE);
  for await (const group of products) {
    await Promise.all(
      group.map(({ sort }) =>
        updateRecord(store.table('subscriptions'), keyOf(sort), (known) =>
          known.groupIds.includes(groupId)
            ? { ...known, groupIds: known.groupIds.filter((id) => id !== groupId) }
            : known,
        ),
      ),
    );
  }
}

async function checkSubscription(
  { groupIds, flags }: SubscriptionRecord,
  store: Store,
): Promise<Result<SubscriptionRecord>> {
  if (!Object.values(flags).includes(true)) return NO_FLAG;
  const distinct = [...new Set(groupIds)];
  if (distinct.length > MOST_SUBSCRIBED_GROUPS) {
    return refuse({ kind: 'consumer-group-limit', most: MOST_SUBSCRIBED_GROUPS });
  }
  const found = await Promise.all(distinct.map((groupId) => findConsumerGroup(groupId, store)));
  return found.find((group) => !group.ok) ?? ok({ groupIds: distinct, flags });
}

const NO_FLAG = refuse({
  kind: 'invalid-parameter',
  parameter: 'DeviceDataFlag',
  reason: 'one of the flags has to be true, be it this one or another',
});

/** What was read is judged, and only that is replaced: of changes at the same moment none is lost. */
async function changeSubscription(
  productKey: string,
  change: (known: SubscriptionRecord) => Promise<Result<SubscriptionRecord>>,
  store: Store,
): Promise<Result<void>> {
  const product = await findProduct(productKey, store);
  if (!product.ok) return product;
  const table = store.table('subscriptions');
  for (;;) {
    const found = await table.read(keyOf(productKey));
    if (!found) return refuse({ kind: 'unknown-subscription', productKey });
    const changed = await change(await withoutDeleted(found.value, store));
    if (!changed.ok) return changed;
    if (await table.replace(keyOf(productKey), changed.value, found.version)) return ok(undefined);
  }
}

/** Groups that were deleted and are still named, see deleteConsumerGroup. */
async function withoutDeleted(
  known: SubscriptionRecord,
  store: Store,
): Promise<SubscriptionRecord> {
  const found = await Promise.all(known.groupIds.map((id) => findConsumerGroup(id, store)));
  return { ...known, groupIds: known.groupIds.filter((_, at) => found[at]?.ok) };
}

const keyOf = (productKey: string) => ({ partition: productKey, sort: 'AMQP' });

const PRODUCTS_AT_ONCE = 50;
