import { beforeEach, expect, test } from 'vitest';
import {
  createConsumerGroup,
  DEFAULT_GROUP,
  findConsumerGroup,
} from '../../../../../shared/core/subscriptions/consumer-groups.ts';
import { deleteConsumerGroup } from '../../../../../shared/core/subscriptions/delete-consumer-group.ts';
import { ALL_FLAGS } from '../../../../../shared/core/subscriptions/subscription-flag.ts';
import {
  createSubscription,
  findSubscription,
  subscribeGroup,
  unsubscribeGroup,
} from '../../../../../shared/core/subscriptions/subscriptions.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let productKeys: readonly string[];
let group: string;

beforeEach(async () => {
  parts = createMemoryParts();
  const products = [await createTestProduct(parts), await createTestProduct(parts)];
  productKeys = products.map(({ productKey }) => productKey);
  group = accepted(await createConsumerGroup('billing', parts));
});

const subscribeAll = async (groupIds: readonly string[]) => {
  for (const productKey of productKeys) {
    accepted(await createSubscription({ productKey, groupIds, flags: ALL_FLAGS }, parts.store));
  }
};
const stored = async () => {
  const table = parts.store.table('subscriptions');
  const read = productKeys.map((partition) => table.read({ partition, sort: 'AMQP' }));
  return (await Promise.all(read)).map((found) => found?.value.groupIds);
};
const shown = async () =>
  Promise.all(
    productKeys.map(async (key) => accepted(await findSubscription(key, parts.store)).groupIds),
  );

test('a group is gone, and out of the subscriptions of every product', async () => {
  await subscribeAll([DEFAULT_GROUP, group]);
  accepted(await deleteConsumerGroup(group, parts.store));
  expect(await findConsumerGroup(group, parts.store)).toMatchObject({ ok: false });
  expect(await stored()).toEqual([[DEFAULT_GROUP], [DEFAULT_GROUP]]);
});

test('the only group of a subscription leaves it without one, to be given others', async () => {
  await subscribeAll([group]);
  accepted(await deleteConsumerGroup(group, parts.store));
  expect(await shown()).toEqual([[], []]);
  const [productKey = ''] = productKeys;
  accepted(await subscribeGroup({ productKey, groupId: DEFAULT_GROUP }, parts.store));
  expect(await shown()).toEqual([[DEFAULT_GROUP], []]);
});

test('the default group and one that is not there are refused', async () => {
  const remove = (groupId: string) => deleteConsumerGroup(groupId, parts.store);
  expect(await remove(DEFAULT_GROUP)).toEqual({
    ok: false,
    failure: { kind: 'default-consumer-group' },
  });
  const refused = { ok: false, failure: { kind: 'unknown-consumer-group', groupId: 'absent' } };
  expect(await remove('absent')).toEqual(refused);
  const removed = await Promise.all([remove(group), remove(group)]);
  expect(removed.map(({ ok }) => ok).sort()).toEqual([false, true]);
});

test('a crash before the subscriptions are reached leaves none that shows the group', async () => {
  await subscribeAll([DEFAULT_GROUP, group]);
  const crashing = interceptStore(parts.store, ({ table }) => {
    if (table === 'products') throw new Error('the process is gone');
  });
  await expect(deleteConsumerGroup(group, crashing)).rejects.toThrow('the process is gone');
  expect(await stored()).toEqual([
    [DEFAULT_GROUP, group],
    [DEFAULT_GROUP, group],
  ]);
  expect(await shown()).toEqual([[DEFAULT_GROUP], [DEFAULT_GROUP]]);
  const [productKey = ''] = productKeys;
  const last = await unsubscribeGroup({ productKey, groupId: DEFAULT_GROUP }, parts.store);
  expect(last).toMatchObject({ failure: { kind: 'last-consumer-group' } });
});

test('a subscription that is made while its group is deleted does not show it', async () => {
  const [productKey = ''] = productKeys;
  const slow = interceptStore(parts.store, async ({ table, verb }) => {
    if (table === 'subscriptions' && verb === 'insert') {
      accepted(await deleteConsumerGroup(group, parts.store));
    }
  });
  const wanted = { productKey, groupIds: [group], flags: ALL_FLAGS };
  accepted(await createSubscription(wanted, slow));
  expect(accepted(await findSubscription(productKey, parts.store)).groupIds).toEqual([]);
});

test('a group that is added while another is deleted stays', async () => {
  await subscribeAll([group]);
  const [productKey = ''] = productKeys;
  let isFirst = true;
  const slow = interceptStore(parts.store, async ({ table, verb }) => {
    if (table !== 'subscriptions' || verb !== 'replace' || !isFirst) return;
    isFirst = false;
    accepted(await subscribeGroup({ productKey, groupId: DEFAULT_GROUP }, parts.store));
  });
  accepted(await deleteConsumerGroup(group, slow));
  expect((await stored())[0]).toEqual([DEFAULT_GROUP]);
});
