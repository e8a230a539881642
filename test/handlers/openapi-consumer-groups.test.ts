import { beforeEach, describe, expect, test } from 'vitest';
import { writeGroupStatus } from '../../shared/core/subscriptions/group-status.ts';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

const callBody = async (action: string, params: Params) => (await api.call(action, params)).body;

async function created(GroupName = 'billing'): Promise<string> {
  return String((await callBody('CreateConsumerGroup', { GroupName }))['GroupId']);
}

describe('a consumer group', () => {
  test('is made and found by its id', async () => {
    const made = await callBody('CreateConsumerGroup', { GroupName: '消费组1' });
    expect(made).toEqual({
      RequestId: expect.any(String),
      Success: true,
      GroupId: expect.stringMatching(/^[A-Za-z0-9]{20}000000$/),
    });
    const GroupId = String(made['GroupId']);
    expect((await callBody('QueryConsumerGroupByGroupId', { GroupId }))['Data']).toEqual({
      GroupId,
      GroupName: '消费组1',
      CreateTime: '2026-01-02T03:04:05.000Z',
    });
  });

  test('is renamed and deleted', async () => {
    const GroupId = await created();
    const renamed = await callBody('UpdateConsumerGroup', { GroupId, NewGroupName: 'reports' });
    expect(renamed).toEqual({ RequestId: expect.any(String), Success: true });
    const found = await callBody('QueryConsumerGroupByGroupId', { GroupId });
    expect(found['Data']).toMatchObject({ GroupName: 'reports' });
    expect(await callBody('DeleteConsumerGroup', { GroupId })).toMatchObject({ Success: true });
    expect(await callBody('QueryConsumerGroupByGroupId', { GroupId })).toMatchObject({
      Success: false,
      Code: 'iot.consumergroup.NotExistedConsumerGroup',
      ErrorMessage: `There is no consumer group ${GroupId}.`,
    });
  });

  test.each([
    ['UpdateConsumerGroup', { NewGroupName: 'reports' }],
    ['DeleteConsumerGroup', {}],
    ['QueryConsumerGroupByGroupId', {}],
    ['QueryConsumerGroupStatus', {}],
    ['ResetConsumerGroupPosition', {}],
  ])('that is not there is refused by %s, and so is none', async (action, params) => {
    const absent = await callBody(action, { GroupId: 'absent', ...params });
    expect(absent.Code).toBe('iot.consumergroup.NotExistedConsumerGroup');
    const none = await api.call(action, params);
    expect(none).toMatchObject({ status: 400, body: { Code: 'MissingParameter' } });
    expect(none.body['Message']).toContain('GroupId');
  });

  test.each([
    ['CreateConsumerGroup', {}, 'MissingParameter'],
    ['CreateConsumerGroup', { GroupName: 'abc' }, 'iot.system.IllegalRequest'],
    ['UpdateConsumerGroup', { GroupId: 'g' }, 'MissingParameter'],
  ])('is refused by %s with %o: %s', async (action, params, code) => {
    expect((await callBody(action, params)).Code).toBe(code);
  });

  test('is not one of 1001', async () => {
    const groups = api.registry.store.table('consumer_groups');
    const record = { groupName: 'filler', createdAtMs: NOW_MS, resetAtMs: 0 };
    for (let number = 0; number < 1000; number += 1) {
      await groups.insert({ partition: 'consumer-groups', sort: `g${number}` }, record);
    }
    expect(await callBody('CreateConsumerGroup', { GroupName: 'billing' })).toMatchObject({
      Code: 'iot.consumergroup.ConsumerGroupCountExceedMax',
      ErrorMessage: 'At most 1000 consumer groups.',
    });
  });
});

describe('DEFAULT_GROUP', () => {
  const GroupId = 'DEFAULT_GROUP';

  test('is there, and nobody made it', async () => {
    const found = await callBody('QueryConsumerGroupByGroupId', { GroupId });
    expect(found['Data']).toEqual({ GroupId, GroupName: GroupId, CreateTime: '' });
  });

  test.each([
    ['DeleteConsumerGroup', {}],
    ['UpdateConsumerGroup', { NewGroupName: 'reports' }],
  ])('is refused by %s', async (action, params) => {
    expect(await callBody(action, { GroupId, ...params })).toMatchObject({
      Code: 'iot.consumergroup.DefaultConsumerGroup',
    });
  });
});

describe('QueryConsumerGroupList', () => {
  const idsOf = async (params: Params) => {
    const body = await callBody('QueryConsumerGroupList', params);
    return Object(body['Data']).ConsumerGroupDTO.map(({ GroupId }: { GroupId: string }) => GroupId);
  };

  test('shows pages, with the default group first', async () => {
    const ids = [];
    for (const name of ['one_1', 'two_2']) {
      ids.push(await created(name));
      api.clock.nowMs += 1;
    }
    const { RequestId: _, ...body } = await callBody('QueryConsumerGroupList', {
      CurrentPage: 2,
      PageSize: 1,
    });
    expect(body).toEqual({
      Success: true,
      CurrentPage: 2,
      PageCount: 3,
      PageSize: 1,
      Total: 3,
      Data: {
        ConsumerGroupDTO: [
          { CreateTime: '2026-01-02T03:04:05.000Z', GroupId: ids[0], GroupName: 'one_1' },
        ],
      },
    });
    expect(await idsOf({})).toEqual(['DEFAULT_GROUP', ...ids]);
  });

  test('looks for a part of the name where it is told to', async () => {
    const billing = await created('billing');
    const reports = await created('reports');
    expect(await idsOf({ Fuzzy: true, GroupName: 'port' })).toEqual([reports]);
    expect(await idsOf({ Fuzzy: 'False', GroupName: 'port' })).toEqual(
      expect.arrayContaining(['DEFAULT_GROUP', billing, reports]),
    );
  });

  test.each([
    { params: { Fuzzy: true }, code: 'MissingParameter' },
    { params: { Fuzzy: 'maybe' }, code: 'InvalidParameter' },
    { params: { PageSize: 1001 }, code: 'iot.common.InvalidPageParams' },
    { params: { CurrentPage: 0 }, code: 'iot.common.InvalidPageParams' },
  ])('refuses $params: $code', async ({ params, code }) => {
    expect((await callBody('QueryConsumerGroupList', params)).Code).toBe(code);
  });
});

describe('QueryConsumerGroupStatus', () => {
  const members = async (GroupId: string) => {
    const {
      RequestId: _,
      Success,
      ...rest
    } = await callBody('QueryConsumerGroupStatus', { GroupId });
    expect(Success).toBe(true);
    return rest;
  };

  test('shows zeros where nobody serves the group', async () => {
    expect(await members('DEFAULT_GROUP')).toEqual({
      AccumulatedConsumeCountPerMinute: 0,
      AccumulationCount: 0,
      ClientConnectionStatusList: { ConsumerGroupClientConnectionInfo: [] },
      ConsumerSpeed: 0,
      LastConsumerTime: '',
      RealTimeConsumeCountPerMinute: 0,
    });
  });

  test('shows what those say that serve it', async () => {
    const groupId = await created();
    const client = { accumulatedPerMinute: 10, realTimePerMinute: 5, onlineAtMs: NOW_MS - 1 };
    const record = {
      accumulated: 13,
      accumulatedPerMinute: 10,
      realTimePerMinute: 5,
      lastConsumedAtMs: NOW_MS,
      clients: [{ ...client, clientId: 'c1', address: '192.0.2.1:36918' }],
    };
    const { store } = api.registry;
    const expiresAtMs = NOW_MS + 30_000;
    await writeGroupStatus(record, { groupId, process: 'p1', store, expiresAtMs });
    expect(await members(groupId)).toEqual({
      AccumulatedConsumeCountPerMinute: 10,
      AccumulationCount: 13,
      ClientConnectionStatusList: {
        ConsumerGroupClientConnectionInfo: [
          {
            AccumulatedConsumeCountPerMinute: 10,
            ClientId: 'c1',
            ClientIpPort: '192.0.2.1:36918',
            OnlineTime: NOW_MS - 1,
            RealTimeConsumeCountPerMinute: 5,
          },
        ],
      },
      ConsumerSpeed: 15,
      LastConsumerTime: '2026-01-02T03:04:05.000Z',
      RealTimeConsumeCountPerMinute: 5,
    });
  });
});

test.each(['DEFAULT_GROUP', 'one that was made'])(
  'ResetConsumerGroupPosition notes the time for %s',
  async (which) => {
    const GroupId = which === 'DEFAULT_GROUP' ? which : await created();
    api.clock.nowMs += 5000;
    const reset = await callBody('ResetConsumerGroupPosition', { GroupId });
    expect(reset).toEqual({ RequestId: expect.any(String), Success: true });
    const key = { partition: 'consumer-groups', sort: GroupId };
    const found = await api.registry.store.table('consumer_groups').read(key);
    expect(found?.value.resetAtMs).toBe(NOW_MS + 5000);
  },
);
