import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type RpcClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeGroupStatus } from '../../shared/core/subscriptions/group-status.ts';
import { createNodeListener } from '../../shared/runtime/node-http.ts';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET, openTestApi, type TestApi } from '../support/openapi.ts';

// Both are CommonJS: required, they are what a user's program gets, whatever the test runner does.
const require = createRequire(import.meta.url);
const Rpc: typeof RpcClient = require('@alicloud/pop-core');
const iot: typeof import('@alicloud/iot20180120') = require('@alicloud/iot20180120');

let api: TestApi;
let server: Server;
let port: number;

beforeAll(async () => {
  api = await openTestApi(Date.now());
  server = createServer(createNodeListener(api.handler, { log: api.log }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const keys = { accessKeyId: ACCESS_KEY_ID, accessKeySecret: ACCESS_KEY_SECRET };

/** What AMQP consumers of a group would leave there. */
async function serve(groupId: string) {
  const client = { clientId: 'c1', address: '192.0.2.1:1', onlineAtMs: 1_700_000_000_000 };
  const rates = { accumulatedPerMinute: 10, realTimePerMinute: 5 };
  await writeGroupStatus(
    { ...rates, accumulated: 13, lastConsumedAtMs: 1, clients: [{ ...client, ...rates }] },
    {
      groupId,
      process: 'p1',
      store: api.registry.store,
      expiresAtMs: api.clock.nowMs + 30_000,
    },
  );
}

describe.each(['GET', 'POST'])('@alicloud/pop-core with %s', (method) => {
  type Answer = Readonly<Record<string, unknown>>;
  const call = (action: string, params: object): Promise<Answer> => {
    const endpoint = `http://127.0.0.1:${port}`;
    const client = new Rpc({ ...keys, endpoint, apiVersion: '2018-01-20' });
    return client.request<Answer>(action, params, { method });
  };

  test('subscribes groups to a product', async () => {
    const made = await call('CreateProduct', { nodeType: 0, productName: 'Subscribed' });
    const subscription = { productKey: made['ProductKey'], type: 'AMQP' };
    const group = (await call('CreateConsumerGroup', { groupName: '消费组_a' }))['GroupId'];
    const consumerGroupIds = ['DEFAULT_GROUP', group];
    const wanted = { ...subscription, consumerGroupIds, deviceDataFlag: true };
    await call('CreateSubscribeRelation', wanted);
    expect(await call('QuerySubscribeRelation', subscription)).toMatchObject({
      ConsumerGroupIds: consumerGroupIds,
      DeviceDataFlag: true,
      OtaEventFlag: false,
    });
    await expect(call('CreateSubscribeRelation', wanted)).rejects.toMatchObject({
      code: 'iot.messagesub.AlreadyExistedSubscribeRelation',
      data: { Success: false },
    });
  });
});

describe('@alicloud/iot20180120', () => {
  const openClient = () => {
    type Config = ConstructorParameters<typeof iot.default>[0];
    const config = { ...keys, endpoint: `127.0.0.1:${port}`, protocol: 'http' };
    return new iot.default(config as Config);
  };

  test('takes a group from its making to its end', async () => {
    const client = openClient();
    const groupName = 'from_the_sdk';
    const { body: made } = await client.createConsumerGroup(
      new iot.CreateConsumerGroupRequest({ groupName }),
    );
    const groupId = made?.groupId ?? '';
    const { body: listed } = await client.queryConsumerGroupList(
      new iot.QueryConsumerGroupListRequest({
        currentPage: 1,
        pageSize: 1000,
        fuzzy: true,
        groupName: 'the_s',
      }),
    );
    expect(listed).toMatchObject({ total: 1, pageCount: 1 });
    expect(listed?.data?.consumerGroupDTO).toMatchObject([{ groupId, groupName }]);

    await serve(groupId);
    const { body: status } = await client.queryConsumerGroupStatus(
      new iot.QueryConsumerGroupStatusRequest({ groupId }),
    );
    expect(status).toMatchObject({
      accumulationCount: 13,
      consumerSpeed: 15,
      lastConsumerTime: '1970-01-01T00:00:00.001Z',
      clientConnectionStatusList: {
        consumerGroupClientConnectionInfo: [
          { clientId: 'c1', clientIpPort: '192.0.2.1:1', onlineTime: 1_700_000_000_000 },
        ],
      },
    });

    await client.deleteConsumerGroup(new iot.DeleteConsumerGroupRequest({ groupId }));
    const gone = await client.resetConsumerGroupPosition(
      new iot.ResetConsumerGroupPositionRequest({ groupId }),
    );
    expect(gone.body).toMatchObject({
      success: false,
      code: 'iot.consumergroup.NotExistedConsumerGroup',
    });
  });

  test('changes a subscription, and adds and removes its groups', async () => {
    const client = openClient();
    const { body: product } = await client.createProduct(
      new iot.CreateProductRequest({ nodeType: 0, productName: 'Subscribed' }),
    );
    const productKey = product?.productKey ?? '';
    const subscription = { productKey, type: 'AMQP' };
    const first = { ...subscription, consumerGroupIds: ['DEFAULT_GROUP'], deviceTagFlag: true };
    await client.createSubscribeRelation(new iot.CreateSubscribeRelationRequest(first));
    const { body: made } = await client.createConsumerGroup(
      new iot.CreateConsumerGroupRequest({ groupName: 'second' }),
    );
    const one = (consumerGroupId: string) => ({ productKey, consumerGroupId });
    await client.createConsumerGroupSubscribeRelation(
      new iot.CreateConsumerGroupSubscribeRelationRequest(one(made?.groupId ?? '')),
    );
    await client.deleteConsumerGroupSubscribeRelation(
      new iot.DeleteConsumerGroupSubscribeRelationRequest(one('DEFAULT_GROUP')),
    );
    const changed = { ...subscription, thingHistoryFlag: true };
    await client.updateSubscribeRelation(new iot.UpdateSubscribeRelationRequest(changed));
    const query = new iot.QuerySubscribeRelationRequest(subscription);
    expect((await client.querySubscribeRelation(query)).body).toMatchObject({
      ...subscription,
      consumerGroupIds: [made?.groupId],
      deviceTagFlag: false,
      thingHistoryFlag: true,
    });
    await client.deleteSubscribeRelation(new iot.DeleteSubscribeRelationRequest(subscription));
    expect((await client.querySubscribeRelation(query)).body).toMatchObject({ success: false });
  });

  test('counts devices, lists them by status, and reads several properties', async () => {
    const client = openClient();
    const { body: product } = await client.createProduct(
      new iot.CreateProductRequest({ nodeType: 0, productName: 'Counted' }),
    );
    const device = { productKey: product?.productKey ?? '', deviceName: 'dev_1' };
    await client.registerDevice(new iot.RegisterDeviceRequest(device));
    const { productKey } = device;
    const counted = await client.queryDeviceStatistics(
      new iot.QueryDeviceStatisticsRequest({ productKey }),
    );
    expect(counted.body?.data).toMatchObject({ activeCount: 0, deviceCount: 1, onlineCount: 0 });
    const listed = await client.queryDeviceByStatus(
      new iot.QueryDeviceByStatusRequest({ productKey, status: 0 }),
    );
    expect(listed.body).toMatchObject({ total: 1, page: 1, pageCount: 1, pageSize: 10 });
    expect(listed.body?.data?.simpleDeviceInfo).toMatchObject([
      { deviceName: 'dev_1', status: 'UNACTIVE' },
    ]);
    const read = await client.queryDevicePropertiesData(
      new iot.QueryDevicePropertiesDataRequest({
        ...device,
        identifier: ['Temp', 'Switch'],
        asc: 1,
        startTime: 0,
        endTime: 1,
        pageSize: 10,
      }),
    );
    expect(read.body).toMatchObject({ nextValid: false });
    expect(read.body?.propertyDataInfos?.propertyDataInfo).toMatchObject([
      { identifier: 'Temp', list: { propertyInfo: [] } },
      { identifier: 'Switch', list: { propertyInfo: [] } },
    ]);
  });
});
