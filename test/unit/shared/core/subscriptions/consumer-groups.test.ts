import { beforeEach, describe, expect, test } from 'vitest';
import {
  createConsumerGroup,
  DEFAULT_GROUP,
  findConsumerGroup,
  listConsumerGroups,
  renameConsumerGroup,
  resetConsumerGroup,
} from '../../../../../shared/core/subscriptions/consumer-groups.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { accepted } from '../../../../support/test-device.ts';

let parts: MemoryParts;

beforeEach(() => {
  parts = createMemoryParts();
});

const create = async (groupName = 'billing') =>
  accepted(await createConsumerGroup(groupName, parts));
const find = async (groupId: string) => accepted(await findConsumerGroup(groupId, parts.store));

describe('a group', () => {
  test('has an id as the platform draws them, and another one every time', async () => {
    const ids = [await create(), await create()];
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{20}000000$/);
    expect(new Set(ids).size).toBe(2);
    expect(await find(ids[0] ?? '')).toEqual({
      groupId: ids[0],
      groupName: 'billing',
      createdAtMs: START_MS,
      resetAtMs: 0,
    });
  });

  test('takes another id where the drawn one is taken', async () => {
    const drawn = [1, 1, 2].map((byte) => new Uint8Array(20).fill(byte));
    const randomBytes = () => drawn.shift() ?? new Uint8Array();
    const made = [];
    for (let call = 0; call < 2; call += 1) {
      made.push(accepted(await createConsumerGroup('billing', { ...parts, randomBytes })));
    }
    expect(made).toEqual([`${'B'.repeat(20)}000000`, `${'C'.repeat(20)}000000`]);
  });

  test.each(['abcd', '消费', '消费组1', 'a_1_', 'x'.repeat(30), '组'.repeat(15)])(
    'may be named %s',
    async (groupName) => {
      expect((await find(await create(groupName))).groupName).toBe(groupName);
    },
  );

  test.each(['', 'abc', '组1', 'x'.repeat(31), '组'.repeat(16), 'a b c', 'a-bcd', 'ab😀', 'naïve'])(
    'may not be named "%s"',
    async (groupName) => {
      expect(await createConsumerGroup(groupName, parts)).toMatchObject({
        failure: { kind: 'invalid-parameter', parameter: 'GroupName' },
      });
      const renamed = await renameConsumerGroup(
        { groupId: await create(), groupName },
        parts.store,
      );
      expect(renamed).toMatchObject({ failure: { parameter: 'NewGroupName' } });
    },
  );

  test('is renamed, and nothing else of it changes', async () => {
    const groupId = await create();
    const before = await find(groupId);
    accepted(await renameConsumerGroup({ groupId, groupName: 'reports' }, parts.store));
    expect(await find(groupId)).toEqual({ ...before, groupName: 'reports' });
  });

  test('remembers when its position was reset last', async () => {
    const groupId = await create();
    parts.clock.advance(5000);
    accepted(await resetConsumerGroup(groupId, parts));
    expect(await find(groupId)).toMatchObject({
      createdAtMs: START_MS,
      resetAtMs: START_MS + 5000,
    });
  });

  test('that is not there is refused', async () => {
    const refused = { ok: false, failure: { kind: 'unknown-consumer-group', groupId: 'absent' } };
    expect(await findConsumerGroup('absent', parts.store)).toEqual(refused);
    expect(await resetConsumerGroup('absent', parts)).toEqual(refused);
    const wanted = { groupId: 'absent', groupName: 'reports' };
    expect(await renameConsumerGroup(wanted, parts.store)).toEqual(refused);
  });
});

describe('the default group', () => {
  const untouched = {
    groupId: DEFAULT_GROUP,
    groupName: DEFAULT_GROUP,
    createdAtMs: 0,
    resetAtMs: 0,
  };

  test('is there without a record', async () => {
    expect(await find(DEFAULT_GROUP)).toEqual(untouched);
    const listed = await listConsumerGroups({ page: 1, pageSize: 10 }, parts.store);
    expect(listed).toEqual({ groups: [untouched], total: 1 });
  });

  test('keeps its name', async () => {
    const wanted = { groupId: DEFAULT_GROUP, groupName: 'reports' };
    expect(await renameConsumerGroup(wanted, parts.store)).toEqual({
      ok: false,
      failure: { kind: 'default-consumer-group' },
    });
  });

  test('has its position reset, also a second time, and is listed once', async () => {
    accepted(await resetConsumerGroup(DEFAULT_GROUP, parts));
    parts.clock.advance(1);
    accepted(await resetConsumerGroup(DEFAULT_GROUP, parts));
    const reset = { ...untouched, resetAtMs: START_MS + 1 };
    expect(await find(DEFAULT_GROUP)).toEqual(reset);
    const listed = await listConsumerGroups({ page: 1, pageSize: 10 }, parts.store);
    expect(listed).toEqual({ groups: [reset], total: 1 });
  });
});

describe('the list', () => {
  const namesOf = async (page: number, pageSize: number, nameContains?: string) => {
    const listed = await listConsumerGroups({ page, pageSize, nameContains }, parts.store);
    return { names: listed.groups.map(({ groupName }) => groupName), total: listed.total };
  };

  test('begins with the default group, then the oldest, and comes in pages', async () => {
    for (const name of ['third', 'first', 'second'].sort()) {
      await create(name);
      parts.clock.advance(1);
    }
    expect(await namesOf(1, 3)).toEqual({ names: [DEFAULT_GROUP, 'first', 'second'], total: 4 });
    expect(await namesOf(2, 3)).toEqual({ names: ['third'], total: 4 });
    expect(await namesOf(3, 3)).toEqual({ names: [], total: 4 });
  });

  test('is of those whose name contains a text', async () => {
    for (const name of ['billing_a', 'billing_b', 'reports']) await create(name);
    expect(await namesOf(1, 10, 'ling')).toMatchObject({ total: 2 });
    expect(await namesOf(1, 10, 'port')).toEqual({ names: ['reports'], total: 1 });
    expect(await namesOf(1, 10, 'absent')).toEqual({ names: [], total: 0 });
  });
});

describe('of groups', () => {
  const limit = { ok: false, failure: { kind: 'consumer-group-limit', most: 1000 } };

  /** Past the rule, which counts all of them for each. */
  const fill = async (count: number) => {
    const table = parts.store.table('consumer_groups');
    const record = { groupName: 'filler', createdAtMs: START_MS, resetAtMs: 0 };
    for (let number = 0; number < count; number += 1) {
      await table.insert({ partition: 'consumer-groups', sort: `g${number}` }, record);
    }
  };

  test('there are 1000 beside the default one, and not one more', async () => {
    await resetConsumerGroup(DEFAULT_GROUP, parts);
    await fill(999);
    await create();
    expect(await createConsumerGroup('one_more', parts)).toEqual(limit);
    const listed = await listConsumerGroups({ page: 1, pageSize: 1 }, parts.store);
    expect(listed.total).toBe(1001);
  });

  test('there are never more, however many are made at once', async () => {
    await fill(998);
    const made = await Promise.all(
      Array.from({ length: 5 }, () => createConsumerGroup('at_once', parts)),
    );
    expect(made.filter(({ ok }) => !ok).length).toBeGreaterThanOrEqual(3);
    const listed = await listConsumerGroups({ page: 1, pageSize: 1 }, parts.store);
    expect(listed.total).toBeLessThanOrEqual(1001);
  });
});
