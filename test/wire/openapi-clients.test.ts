import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type RpcClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activateDevice } from '../../shared/core/devices/change-device.ts';
import { historySort } from '../../shared/core/history/history-sort.ts';
import { createNodeListener } from '../../shared/runtime/node-http.ts';
import {
  ACCESS_KEY_ID,
  ACCESS_KEY_SECRET,
  openTestApi,
  type TestApi,
  toQuery,
} from '../support/openapi.ts';

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

const tsl = JSON.stringify({
  profile: { productKey: '' },
  properties: [
    {
      identifier: 'Temp',
      name: '温度 (air)',
      accessMode: 'r',
      required: false,
      dataType: { type: 'float', specs: { min: '-40', max: '125', step: '0.1', unit: '°C' } },
    },
  ],
  events: [],
  services: [],
});

/** What topic-ingest and the recorder leave behind when a device posts. */
async function recordPosts(iotId: string, temperatures: readonly number[]) {
  const { store } = api.registry;
  const startMs = api.clock.nowMs - 10_000;
  for (const [at, value] of temperatures.entries()) {
    const row = { messageId: `${at}`, timeMs: startMs + at, values: { Temp: value } };
    const key = { partition: iotId, sort: historySort(row.timeMs, row.messageId) };
    await store.table('property_history').insert(key, row);
    const event = { identifier: 'Hot', name: 'hot', type: 'alert', value: { level: at } };
    const { values: _, ...common } = row;
    await store.table('event_history').insert(key, { ...common, ...event });
  }
  const Temp = { value: temperatures.at(-1), time: startMs, messageId: '1', arrivedAtMs: startMs };
  const state = { properties: { Temp }, lastMessageAtMs: api.clock.nowMs };
  await store.table('thing_state').insert({ partition: iotId }, state);
  return { StartTime: startMs, EndTime: startMs + 100 };
}

type Answer = { Success: boolean; Data: Record<string, never> } & Record<string, never>;

function openRpcClient(accessKeySecret = ACCESS_KEY_SECRET): RpcClient {
  const endpoint = `http://127.0.0.1:${port}`;
  return new Rpc({
    endpoint,
    apiVersion: '2018-01-20',
    accessKeyId: ACCESS_KEY_ID,
    accessKeySecret,
  });
}

describe.each(['GET', 'POST'])('@alicloud/pop-core with %s', (method) => {
  const call = (action: string, params: object): Promise<Answer> =>
    openRpcClient().request<Answer>(action, params, { method });

  test('takes a device from product to history', async () => {
    const productName = `名字 ~!'()*+ &=`;
    const created = await call('CreateProduct', { nodeType: 0, productName });
    const ProductKey = String(created['ProductKey']);
    expect(created.Data).toMatchObject({ ProductName: productName, NodeType: 0 });
    await call('ImportThingModelTsl', { ProductKey, TslStr: tsl });

    const device = { ProductKey, DeviceName: 'dev_001' };
    const { Data: identity } = await call('RegisterDevice', device);
    const { Data: detail } = await call('QueryDeviceDetail', device);
    const { IotId, DeviceSecret } = identity;
    expect(detail).toMatchObject({ ...device, IotId, DeviceSecret });
    const statusOf = async () => (await call('GetDeviceStatus', device)).Data['Status'];
    expect(await statusOf()).toBe('UNACTIVE');

    await activateDevice({ iotId: String(IotId) }, api.registry);
    const stretch = await recordPosts(String(IotId), [20.5, 21, 21.5]);
    expect(await statusOf()).toBe('ONLINE');
    expect((await call('QueryDevicePropertyStatus', { IotId })).Data).toMatchObject({
      List: { PropertyStatusInfo: [{ Name: '温度 (air)', Unit: '°C', Value: '21.5' }] },
    });
    const query = { ...device, ...stretch, Asc: 1, PageSize: 2, Identifier: 'Temp' };
    const first = (await call('QueryDevicePropertyData', query)).Data;
    expect(first).toMatchObject({
      List: { PropertyInfo: [{ Value: '20.5' }, { Value: '21' }] },
      NextValid: true,
      NextTime: stretch.StartTime + 2,
    });
    const rest = await call('QueryDevicePropertyData', { ...query, StartTime: first['NextTime'] });
    expect(rest.Data).toMatchObject({
      List: { PropertyInfo: [{ Value: '21.5' }] },
      NextValid: false,
    });

    await call('DisableThing', device);
    expect(await statusOf()).toBe('DISABLE');
    await call('EnableThing', device);
    expect(await statusOf()).toBe('ONLINE');
    expect(await call('DeleteDevice', device)).toMatchObject({ Success: true });
    await expect(call('QueryDeviceDetail', device)).rejects.toMatchObject({
      code: 'iot.device.NotExistedDevice',
      data: { Success: false },
    });
  });

  test('throws what the gateway says when the secret is wrong', async () => {
    const client = openRpcClient('another');
    await expect(client.request('QueryProduct', {}, { method })).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
      message: expect.stringContaining(`server string to sign is:${method}&%2F&`),
    });
  });
});

test('a thing model of 200 KB comes in with POST', async () => {
  const client = openRpcClient();
  const post = { method: 'POST' };
  const product = { NodeType: 0, ProductName: 'Large' };
  const created = await client.request<Answer>('CreateProduct', product, post);
  const TslStr = tsl.replace('{', `{"comment":"${'名'.repeat(66_000)}",`);
  const large = { ProductKey: created['ProductKey'], TslStr };
  expect(await client.request('ImportThingModelTsl', large, post)).toMatchObject({ Success: true });
});

describe('@alicloud/iot20180120', () => {
  const openClient = (accessKeySecret = ACCESS_KEY_SECRET) => {
    type Config = ConstructorParameters<typeof iot.default>[0];
    const config = {
      accessKeyId: ACCESS_KEY_ID,
      accessKeySecret,
      endpoint: `127.0.0.1:${port}`,
      protocol: 'http',
    };
    return new iot.default(config as Config);
  };

  test('takes a device from product to history', async () => {
    const client = openClient();
    const productName = `名字 ~!'()*+ &=`;
    const create = new iot.CreateProductRequest({ nodeType: 0, productName });
    const { body: created } = await client.createProduct(create);
    expect(created?.data).toMatchObject({ productName, nodeType: 0, id2: false });
    const productKey = created?.productKey ?? '';
    const imported = await client.importThingModelTsl(
      new iot.ImportThingModelTslRequest({ productKey, tslStr: tsl }),
    );
    expect(imported.body).toMatchObject({ success: true });

    const device = { productKey, deviceName: 'dev_002' };
    const registered = await client.registerDevice(new iot.RegisterDeviceRequest(device));
    const { iotId = '', deviceSecret } = registered.body?.data ?? {};
    const detail = await client.queryDeviceDetail(new iot.QueryDeviceDetailRequest(device));
    expect(detail.body?.data).toMatchObject({ iotId, deviceSecret, status: 'UNACTIVE' });
    const listed = await client.queryDevice(new iot.QueryDeviceRequest({ productKey }));
    expect(listed.body).toMatchObject({ total: 1, data: { deviceInfo: [{ iotId }] } });
    const statusOf = async () => {
      const answer = await client.getDeviceStatus(new iot.GetDeviceStatusRequest({ iotId }));
      return answer.body?.data?.status;
    };

    await activateDevice({ iotId }, api.registry);
    const { StartTime: startTime, EndTime: endTime } = await recordPosts(iotId, [20.5, 21]);
    expect(await statusOf()).toBe('ONLINE');
    const stretch = { iotId, asc: 0, pageSize: 1, startTime: endTime, endTime: startTime };
    const properties = await client.queryDevicePropertyData(
      new iot.QueryDevicePropertyDataRequest({ ...stretch, identifier: 'Temp' }),
    );
    expect(properties.body?.data).toMatchObject({
      list: { propertyInfo: [{ value: '21', time: String(startTime + 1) }] },
      nextValid: true,
      nextTime: startTime,
    });
    const events = await client.queryDeviceEventData(new iot.QueryDeviceEventDataRequest(stretch));
    expect(events.body?.data?.list?.eventInfo).toMatchObject([
      { eventType: 'alert', identifier: 'Hot', outputData: '{"level":1}' },
    ]);

    await client.disableThing(new iot.DisableThingRequest({ iotId }));
    expect(await statusOf()).toBe('DISABLE');
    await client.enableThing(new iot.EnableThingRequest({ iotId }));
    await client.deleteDevice(new iot.DeleteDeviceRequest({ iotId }));
    const gone = await client.getDeviceStatus(new iot.GetDeviceStatusRequest({ iotId }));
    expect(gone.body).toMatchObject({ success: false, code: 'iot.device.NotExistedDevice' });
  });

  test('throws what the gateway says when the secret is wrong', async () => {
    const request = new iot.QueryProductRequest({ productKey: 'a1' });
    await expect(openClient('another').queryProduct(request)).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
      data: { statusCode: 400 },
    });
  });
});

test('curl gets JSON with its length', async () => {
  const query = toQuery({ Action: 'QueryProduct' });
  const reply = await fetch(`http://127.0.0.1:${port}/?${query}`);
  expect(reply.status).toBe(400);
  expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const text = await reply.text();
  expect(reply.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  expect(JSON.parse(text)).toMatchObject({ HostId: `127.0.0.1:${port}`, Code: 'MissingParameter' });
});
