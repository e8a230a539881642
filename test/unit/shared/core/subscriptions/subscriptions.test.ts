import { beforeEach, describe, expect, test } from 'vitest';
import { deleteProduct } from '../../../../../shared/core/products/change-product.ts';
import {
  createConsumerGroup,
  DEFAULT_GROUP,
} from '../../../../../shared/core/subscriptions/consumer-groups.ts';
import { ALL_FLAGS } from '../../../../../shared/core/subscriptions/subscription-flag.ts';
import {
  createSubscription,
  deleteSubscription,
  findSubscription,
  subscribeGroup,
  unsubscribeGroup,
  updateSubscription,
} from '../../../../../shared/core/subscriptions/subscriptions.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

const NO_FLAGS = {
  deviceDataFlag: false,
  deviceStatusChangeFlag: false,
  deviceLifeCycleFlag: false,
  deviceTopoLifeCycleFlag: false,
  foundDeviceListFlag: false,
  deviceTagFlag: false,
  otaEventFlag: false,
  otaVersionFlag: false,
  otaJobFlag: false,
  thingHistoryFlag: false,
};
const DATA_ONLY = { ...NO_FLAGS, deviceDataFlag: true };

let parts: MemoryParts;
let productKey: string;

beforeEach(async () => {
  parts = createMemoryParts();
  ({ productKey } = await createTestProduct(parts));
});

const newGroup = async (): Promise<string> => accepted(await createConsumerGroup('billing', parts));
const newGroups = (count: number) => Promise.all(Array.from({ length: count }, newGroup));
const create = (groupIds: readonly string[], flags = DATA_ONLY) =>
  createSubscription({ productKey, groupIds, flags }, parts.store);
const find = () => findSubscription(productKey, parts.store);
const found = async () => accepted(await find());
const refusal = (failure: object) => ({ ok: false, failure });
const unknown = refusal({ kind: 'unknown-subscription', productKey: expect.anything() });

describe('a subscription', () => {
  test('has its groups once each and its flags', async () => {
    const group = await newGroup();
    accepted(await create([DEFAULT_GROUP, group, DEFAULT_GROUP]));
    expect(await found()).toEqual({ groupIds: [DEFAULT_GROUP, group], flags: DATA_ONLY });
  });

  test('is made once: a second one is refused, also at the same time', async () => {
    const made = await Promise.all([create([DEFAULT_GROUP]), create([await newGroup()])]);
    expect(made).toContainEqual(refusal({ kind: 'subscription-exists', productKey }));
    expect(made.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('may have ten groups, and not eleven', async () => {
    const groups = await newGroups(11);
    expect(await create(groups)).toEqual(refusal({ kind: 'consumer-group-limit', most: 10 }));
    accepted(await create(groups.slice(1)));
    expect((await found()).groupIds).toHaveLength(10);
  });

  test('is refused for a group that is not there, and nothing is stored', async () => {
    const refused = await create([DEFAULT_GROUP, 'absent']);
    expect(refused).toEqual(refusal({ kind: 'unknown-consumer-group', groupId: 'absent' }));
    expect(await find()).toEqual(unknown);
  });

  test('is refused without a flag', async () => {
    const refused = await create([DEFAULT_GROUP], NO_FLAGS);
    expect(refused).toMatchObject(refusal({ kind: 'invalid-parameter' }));
  });

  test('goes with its product', async () => {
    accepted(await create([DEFAULT_GROUP]));
    accepted(await deleteProduct(productKey, parts.store));
    expect(await find()).toEqual(unknown);
  });

  test('is made, changed and deleted for a product that is there alone', async () => {
    const { store } = parts;
    accepted(await deleteProduct(productKey, store));
    const gone = refusal({ kind: 'unknown-product', productKey });
    const one = { productKey, groupId: DEFAULT_GROUP };
    expect(await create([DEFAULT_GROUP])).toEqual(gone);
    expect(await updateSubscription({ productKey, flags: DATA_ONLY }, store)).toEqual(gone);
    expect(await subscribeGroup(one, store)).toEqual(gone);
    expect(await unsubscribeGroup(one, store)).toEqual(gone);
    expect(await deleteSubscription(productKey, store)).toEqual(gone);
  });
});

describe('an update', () => {
  test('takes the place of groups and flags', async () => {
    const group = await newGroup();
    accepted(await create([DEFAULT_GROUP]));
    const wanted = { productKey, groupIds: [group], flags: ALL_FLAGS };
    accepted(await updateSubscription(wanted, parts.store));
    expect(await found()).toEqual({ groupIds: [group], flags: ALL_FLAGS });
  });

  test('leaves groups that are not given', async () => {
    accepted(await create([DEFAULT_GROUP]));
    accepted(await updateSubscription({ productKey, flags: ALL_FLAGS }, parts.store));
    expect(await found()).toEqual({ groupIds: [DEFAULT_GROUP], flags: ALL_FLAGS });
  });

  test.each([
    { changed: { groupIds: ['absent'] }, kind: 'unknown-consumer-group' },
    { changed: { flags: NO_FLAGS }, kind: 'invalid-parameter' },
  ])('is refused: $kind', async ({ changed, kind }) => {
    accepted(await create([DEFAULT_GROUP]));
    const wanted = { productKey, flags: ALL_FLAGS, ...changed };
    const updated = await updateSubscription(wanted, parts.store);
    expect(updated).toMatchObject(refusal({ kind }));
    expect(await found()).toEqual({ groupIds: [DEFAULT_GROUP], flags: DATA_ONLY });
  });
});

describe('where there is no subscription', () => {
  test('it can be neither changed nor deleted', async () => {
    const { store } = parts;
    const one = { productKey, groupId: DEFAULT_GROUP };
    expect(await updateSubscription({ productKey, flags: DATA_ONLY }, store)).toEqual(unknown);
    expect(await subscribeGroup(one, store)).toEqual(unknown);
    expect(await unsubscribeGroup(one, store)).toEqual(unknown);
    expect(await deleteSubscription(productKey, store)).toEqual(unknown);
    expect(await find()).toEqual(unknown);
  });

  test('one that was deleted is made again', async () => {
    accepted(await create([DEFAULT_GROUP]));
    accepted(await deleteSubscription(productKey, parts.store));
    expect(await deleteSubscription(productKey, parts.store)).toEqual(unknown);
    accepted(await create([DEFAULT_GROUP]));
  });
});

describe('a group', () => {
  const subscribe = (groupId: string) => subscribeGroup({ productKey, groupId }, parts.store);
  const unsubscribe = (groupId: string) => unsubscribeGroup({ productKey, groupId }, parts.store);

  test('is added, and again without effect', async () => {
    const group = await newGroup();
    accepted(await create([DEFAULT_GROUP]));
    accepted(await subscribe(group));
    accepted(await subscribe(group));
    expect((await found()).groupIds).toEqual([DEFAULT_GROUP, group]);
    expect(await subscribe('absent')).toMatchObject({ failure: { groupId: 'absent' } });
  });

  test('is added beside others that are added at the same time, up to ten', async () => {
    const [first = '', ...others] = await newGroups(12);
    accepted(await create([first]));
    const added = await Promise.all(others.map(subscribe));
    const refused = added.filter(({ ok }) => !ok);
    const limit = refusal({ kind: 'consumer-group-limit', most: 10 });
    expect(refused).toEqual([limit, limit]);
    expect((await found()).groupIds).toHaveLength(10);
  });

  test('is taken out, but for the last one', async () => {
    const group = await newGroup();
    accepted(await create([DEFAULT_GROUP, group]));
    accepted(await unsubscribe(DEFAULT_GROUP));
    expect(await unsubscribe(group)).toEqual(refusal({ kind: 'last-consumer-group', productKey }));
    expect(await unsubscribe(DEFAULT_GROUP)).toEqual(
      refusal({ kind: 'unknown-subscription', productKey, groupId: DEFAULT_GROUP }),
    );
    expect((await found()).groupIds).toEqual([group]);
  });

  test('stays as one of two when both are taken out at the same time', async () => {
    const group = await newGroup();
    accepted(await create([DEFAULT_GROUP, group]));
    const removed = await Promise.all([unsubscribe(DEFAULT_GROUP), unsubscribe(group)]);
    expect(removed.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect((await found()).groupIds).toHaveLength(1);
  });
});
