import { createRequire } from 'node:module';
import type RpcClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

// Both are CommonJS: required, they are what a user's program gets, whatever the test runner does.
const require = createRequire(import.meta.url);
const Rpc: typeof RpcClient = require('@alicloud/pop-core');
const iot: typeof import('@alicloud/iot20180120') = require('@alicloud/iot20180120');

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(() => stack.stop());

type Answer = { Success: boolean; Data: Record<string, never> } & Record<string, never>;

function callRpc(action: string, params: object, method = 'POST'): Promise<Answer> {
  const { accessKeyId, accessKeySecret, endpoints } = stack.demo;
  const endpoint = endpoints['http'] ?? '';
  const client = new Rpc({ endpoint, apiVersion: '2018-01-20', accessKeyId, accessKeySecret });
  return client.request<Answer>(action, params, { method });
}

async function newProduct(): Promise<string> {
  const created = await callRpc('CreateProduct', { NodeType: 0, ProductName: 'Batches' });
  return String(created['ProductKey']);
}

const lamps = (count: number) => Array.from({ length: count }, (_, at) => `lamp_${at}`);

describe('@alicloud/pop-core', () => {
  test('registers 1000 devices under names and nicknames of its own', async () => {
    const ProductKey = await newProduct();
    const DeviceNameList = lamps(1000).map((DeviceName, at) => ({
      DeviceName,
      DeviceNickname: `走廊 ${at}`,
    }));
    const checked = await callRpc('BatchCheckDeviceNames', { ProductKey, DeviceNameList });
    const { ApplyId } = checked.Data;
    expect(checked.Data).toMatchObject({ InvalidDeviceNameList: { InvalidDeviceName: [] } });
    const application = { ProductKey, ApplyId };
    const begun = await callRpc('BatchRegisterDeviceWithApplyId', application);
    expect(begun.Data).toEqual({ ApplyId });
    const status = await callRpc('QueryBatchRegisterDeviceStatus', application);
    expect(status.Data).toMatchObject({ Status: 'CREATE_SUCCESS', InvalidList: { Name: [] } });
    const page = await callRpc('QueryPageByApplyId', { ApplyId, CurrentPage: 20, PageSize: 50 });
    expect(page).toMatchObject({ Total: 1000, PageCount: 20 });
    const { ApplyDeviceInfo: last } = Object(page['ApplyDeviceList']);
    const { DeviceSecret, IotId } = last[49];
    const { Data: detail } = await callRpc('QueryDeviceDetail', { IotId });
    expect(detail).toMatchObject({ DeviceName: 'lamp_999', Nickname: '走廊 999', DeviceSecret });
  });

  test('registers devices under random names, shows them, and deletes its product', async () => {
    const productKey = await newProduct();
    const { Data } = await callRpc('BatchRegisterDevice', { productKey, count: 3 }, 'GET');
    const applied = { applyId: Data['ApplyId'], currentPage: 1, pageSize: 10 };
    const page = await callRpc('QueryPageByApplyId', applied, 'GET');
    const { ApplyDeviceInfo: devices } = Object(page['ApplyDeviceList']);
    const deviceName = devices.map(({ DeviceName }: { DeviceName: string }) => DeviceName);
    const details = await callRpc('BatchQueryDeviceDetail', { productKey, deviceName }, 'GET');
    expect(details.Data['Data']).toMatchObject(
      devices.map(({ DeviceId: _, ...device }: Record<string, string>) => device),
    );
    await expect(callRpc('DeleteProduct', { productKey })).rejects.toMatchObject({
      code: 'iot.prod.UpdateProductFailed',
    });
    for (const { IotId } of devices) await callRpc('DeleteDevice', { IotId });
    expect(await callRpc('DeleteProduct', { productKey })).toMatchObject({ Success: true });
  });

  test('is told which names are invalid', async () => {
    const ProductKey = await newProduct();
    const { Data } = await callRpc('BatchCheckDeviceNames', { ProductKey, DeviceName: ['no'] });
    expect(Data).toMatchObject({ InvalidDeviceNameList: { InvalidDeviceName: ['no'] } });
    const application = { ProductKey, ApplyId: Data['ApplyId'] };
    await expect(callRpc('BatchRegisterDeviceWithApplyId', application)).rejects.toMatchObject({
      code: 'iot.device.IncorrentDeviceApplyInfo',
    });
  });
});

describe('@alicloud/iot20180120', () => {
  const openClient = () => {
    type Config = ConstructorParameters<typeof iot.default>[0];
    const { accessKeyId, accessKeySecret } = stack.demo;
    const endpoint = `127.0.0.1:${stack.port}`;
    const config = { accessKeyId, accessKeySecret, endpoint, protocol: 'http' };
    return new iot.default(config as Config);
  };

  test('registers 1000 devices that it has named, all in the query', async () => {
    const client = openClient();
    const productKey = await newProduct();
    const names = { productKey, deviceName: lamps(1000) };
    const checked = await client.batchCheckDeviceNames(new iot.BatchCheckDeviceNamesRequest(names));
    const { applyId, invalidDeviceNameList } = checked.body?.data ?? {};
    expect(invalidDeviceNameList?.invalidDeviceName).toEqual([]);
    const application = { productKey, applyId };
    const begun = await client.batchRegisterDeviceWithApplyId(
      new iot.BatchRegisterDeviceWithApplyIdRequest(application),
    );
    expect(begun.body).toMatchObject({ success: true, data: { applyId } });
    const status = await client.queryBatchRegisterDeviceStatus(
      new iot.QueryBatchRegisterDeviceStatusRequest(application),
    );
    expect(status.body?.data).toMatchObject({
      status: 'CREATE_SUCCESS',
      validList: { name: lamps(1000) },
    });
    const page = await client.queryPageByApplyId(
      new iot.QueryPageByApplyIdRequest({ applyId, currentPage: 2, pageSize: 10 }),
    );
    const devices = page.body?.applyDeviceList?.applyDeviceInfo;
    expect(devices?.map(({ deviceName }) => deviceName)).toEqual(lamps(20).slice(10));
  });

  test('renames a product and finds it and its devices', async () => {
    const client = openClient();
    const productKey = await newProduct();
    await client.batchRegisterDevice(new iot.BatchRegisterDeviceRequest({ productKey, count: 2 }));
    const changes = { productName: '新名字', description: 'of two' };
    const updated = await client.updateProduct(
      new iot.UpdateProductRequest({ productKey, ...changes }),
    );
    expect(updated.body).toMatchObject({ success: true });
    const listed = await client.queryProductList(
      new iot.QueryProductListRequest({ currentPage: 1, pageSize: 200 }),
    );
    const products = listed.body?.data?.list?.productInfo ?? [];
    expect(products.find((product) => product.productKey === productKey)).toMatchObject({
      ...changes,
      deviceCount: 2,
    });
    const queried = await client.queryDevice(new iot.QueryDeviceRequest({ productKey }));
    const deviceName = queried.body?.data?.deviceInfo?.map((device) => device.deviceName ?? '');
    const details = await client.batchQueryDeviceDetail(
      new iot.BatchQueryDeviceDetailRequest({ productKey, deviceName }),
    );
    expect(details.body?.data?.data).toMatchObject([
      { deviceName: deviceName?.[0], productName: '新名字', status: 'UNACTIVE' },
      { deviceName: deviceName?.[1] },
    ]);
    const refused = await client.deleteProduct(new iot.DeleteProductRequest({ productKey }));
    expect(refused.body).toMatchObject({ success: false, code: 'iot.prod.UpdateProductFailed' });
  });
});
