import { beforeEach, describe, expect, test } from 'vitest';
import { openTestApi, type Params, type TestApi } from '../support/openapi.ts';

const FLAGS = [
  'DeviceDataFlag',
  'DeviceLifeCycleFlag',
  'DeviceStatusChangeFlag',
  'DeviceTagFlag',
  'DeviceTopoLifeCycleFlag',
  'FoundDeviceListFlag',
  'OtaEventFlag',
  'OtaJobFlag',
  'OtaVersionFlag',
  'ThingHistoryFlag',
];
const OFF = Object.fromEntries(FLAGS.map((flag) => [flag, false]));

let api: TestApi;
let subscription: { ProductKey: string; Type: string };

beforeEach(async () => {
  api = await openTestApi();
  const product = await callBody('CreateProduct', { NodeType: 0, ProductName: 'Test product' });
  subscription = { ProductKey: String(product['ProductKey']), Type: 'AMQP' };
});

const callBody = async (action: string, params: Params) => (await api.call(action, params)).body;
const defaultGroup = { 'ConsumerGroupIds.1': 'DEFAULT_GROUP', DeviceDataFlag: true };
const create = (params: Params = defaultGroup) =>
  callBody('CreateSubscribeRelation', { ...subscription, ...params });
const update = (params: Params) =>
  callBody('UpdateSubscribeRelation', { ...subscription, ...params });
const query = () => callBody('QuerySubscribeRelation', subscription);
const done = { RequestId: expect.any(String), Success: true };

async function newGroup(GroupName = 'billing'): Promise<string> {
  return String((await callBody('CreateConsumerGroup', { GroupName }))['GroupId']);
}

describe('a subscription', () => {
  test('is made, shown and deleted', async () => {
    const group = await newGroup();
    const groups = { 'ConsumerGroupIds.1': group, 'ConsumerGroupIds.2': 'DEFAULT_GROUP' };
    expect(await create({ ...groups, DeviceDataFlag: true, OtaJobFlag: 'True' })).toEqual(done);
    expect(await query()).toEqual({
      ...done,
      ...subscription,
      ...OFF,
      DeviceDataFlag: true,
      OtaJobFlag: true,
      ConsumerGroupIds: [group, 'DEFAULT_GROUP'],
    });
    expect(await callBody('DeleteSubscribeRelation', subscription)).toEqual(done);
    expect((await query()).Code).toBe('iot.messagesub.NotExistedSubscribeRelation');
  });

  test.each(FLAGS)('has the flag %s', async (flag) => {
    await create({ 'ConsumerGroupIds.1': 'DEFAULT_GROUP', [flag]: true });
    expect(await query()).toMatchObject({ ...OFF, [flag]: true });
  });

  test('is made once for a product', async () => {
    await create();
    expect(await create()).toMatchObject({
      Success: false,
      Code: 'iot.messagesub.AlreadyExistedSubscribeRelation',
    });
  });

  test('is updated: a flag that is left out is off, groups that are left out stay', async () => {
    await create();
    expect(await update({ ThingHistoryFlag: true })).toEqual(done);
    expect(await query()).toMatchObject({
      ...OFF,
      ThingHistoryFlag: true,
      ConsumerGroupIds: ['DEFAULT_GROUP'],
    });
    const group = await newGroup();
    await update({ 'ConsumerGroupIds.1': group, DeviceTagFlag: true });
    expect(await query()).toMatchObject({
      ...OFF,
      DeviceTagFlag: true,
      ConsumerGroupIds: [group],
    });
  });

  test('goes with its product', async () => {
    const { ProductKey } = subscription;
    await create();
    await callBody('DeleteProduct', { ProductKey });
    expect((await query()).Code).toBe('iot.prod.NotExistedProduct');
    const key = { partition: ProductKey, sort: 'AMQP' };
    expect(await api.registry.store.table('subscriptions').read(key)).toBeUndefined();
  });

  test('loses a group that is deleted', async () => {
    const group = await newGroup();
    await create({ ...defaultGroup, 'ConsumerGroupIds.2': group });
    await callBody('DeleteConsumerGroup', { GroupId: group });
    expect(await query()).toMatchObject({ ConsumerGroupIds: ['DEFAULT_GROUP'] });
  });
});

describe('a subscription is refused', () => {
  const eleven = Object.fromEntries(
    Array.from({ length: 11 }, (_, at) => [`ConsumerGroupIds.${at + 1}`, `g${at}`]),
  );

  test.each([
    { params: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { params: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
    { params: { Type: '' }, code: 'MissingParameter' },
    { params: { Type: 'KAFKA' }, code: 'iot.system.IllegalRequest' },
    { params: { 'ConsumerGroupIds.1': '' }, code: 'MissingParameter' },
    {
      params: { 'ConsumerGroupIds.1': 'absent' },
      code: 'iot.consumergroup.NotExistedConsumerGroup',
    },
    { params: eleven, code: 'iot.system.IllegalRequest' },
    { params: { DeviceDataFlag: false }, code: 'iot.system.IllegalRequest' },
    { params: { DeviceDataFlag: 'on' }, code: 'InvalidParameter' },
  ])('for $params: $code', async ({ params, code }) => {
    expect((await create({ ...defaultGroup, ...params })).Code).toBe(code);
    expect((await query()).Code).toBe('iot.messagesub.NotExistedSubscribeRelation');
  });

  test('without a group', async () => {
    const { Code, Message } = await create({ DeviceDataFlag: true });
    expect({ Code, Message }).toEqual({
      Code: 'MissingParameter',
      Message: 'The parameter ConsumerGroupIds.N is mandatory for this action.',
    });
  });

  test('for MNS, and told that it is not offered', async () => {
    expect(await create({ ...defaultGroup, Type: 'MNS', MnsConfiguration: '{}' })).toMatchObject({
      Code: 'iot.system.IllegalRequest',
      ErrorMessage: 'The parameter Type is not valid: MNS is not offered here, AMQP alone.',
    });
  });

  test.each([
    ['UpdateSubscribeRelation', defaultGroup],
    ['QuerySubscribeRelation', {}],
    ['DeleteSubscribeRelation', {}],
    ['CreateConsumerGroupSubscribeRelation', { ConsumerGroupId: 'DEFAULT_GROUP' }],
    ['DeleteConsumerGroupSubscribeRelation', { ConsumerGroupId: 'DEFAULT_GROUP' }],
  ])('by %s where there is none, or no product', async (action, params) => {
    const none = await callBody(action, { ...subscription, ...params });
    expect(none.Code).toBe('iot.messagesub.NotExistedSubscribeRelation');
    const noProduct = { ...subscription, ProductKey: 'a1Unknown00', ...params };
    expect((await callBody(action, noProduct)).Code).toBe('iot.prod.NotExistedProduct');
  });
});

describe('one group of a subscription', () => {
  const change = (verb: string, ConsumerGroupId: string) =>
    callBody(`${verb}ConsumerGroupSubscribeRelation`, { ...subscription, ConsumerGroupId });

  test('is added and taken out', async () => {
    const group = await newGroup();
    await create();
    expect(await change('Create', group)).toEqual(done);
    expect(await query()).toMatchObject({ ConsumerGroupIds: ['DEFAULT_GROUP', group] });
    expect(await change('Delete', 'DEFAULT_GROUP')).toEqual(done);
    expect(await query()).toMatchObject({ ConsumerGroupIds: [group], DeviceDataFlag: true });
  });

  test('stays if it is the last', async () => {
    await create();
    const refused = await change('Delete', 'DEFAULT_GROUP');
    expect(refused.Code).toBe('iot.messagesub.LastConsumerGroup');
    expect(await query()).toMatchObject({ ConsumerGroupIds: ['DEFAULT_GROUP'] });
  });

  test('is refused where it is not there, or not in it', async () => {
    const group = await newGroup();
    await create();
    const { Code } = await change('Create', 'absent');
    expect(Code).toBe('iot.consumergroup.NotExistedConsumerGroup');
    expect((await change('Delete', group)).Code).toBe('iot.messagesub.NotExistedSubscribeRelation');
    expect((await change('Create', '')).Code).toBe('MissingParameter');
  });

  test('is not the eleventh', async () => {
    const groups = [];
    for (let number = 0; number < 10; number += 1) groups.push(await newGroup());
    await create();
    const added = [];
    for (const group of groups) added.push((await change('Create', group)).Code);
    const limit = 'iot.consumergroup.ConsumerGroupCountExceedMax';
    expect(added).toEqual([...Array.from({ length: 9 }, () => undefined), limit]);
  });
});
