import { beforeEach, describe, expect, test } from 'vitest';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

async function createdKey(params: Params = {}): Promise<string> {
  const wanted = { NodeType: 0, ProductName: 'Test product', Description: 'before', ...params };
  const { body } = await api.call('CreateProduct', wanted);
  return String(body['ProductKey']);
}

async function shown(ProductKey: string) {
  const { body } = await api.call('QueryProduct', { ProductKey });
  return Object(body['Data']);
}

describe('QueryProductList', () => {
  test('shows products, the oldest first, with their devices counted', async () => {
    const first = await createdKey({ NodeType: 1, DataFormat: 0 });
    api.clock.nowMs += 1;
    const second = await createdKey();
    await api.call('RegisterDevice', { ProductKey: second });
    const { body } = await api.call('QueryProductList', { CurrentPage: 1, PageSize: 200 });
    const common = { AuthType: 'secret', Description: 'before', ProductName: 'Test product' };
    expect(body['Data']).toEqual({
      CurrentPage: 1,
      List: {
        ProductInfo: [
          {
            ...common,
            DataFormat: 0,
            DeviceCount: 0,
            GmtCreate: NOW_MS,
            NodeType: 1,
            ProductKey: first,
          },
          {
            ...common,
            DataFormat: 1,
            DeviceCount: 1,
            GmtCreate: NOW_MS + 1,
            NodeType: 0,
            ProductKey: second,
          },
        ],
      },
      PageCount: 1,
      PageSize: 200,
      Total: 2,
    });
  });

  test('pages, and tells one kind from the other', async () => {
    const keys: string[] = [];
    for (const AliyunCommodityCode of ['iothub', 'iothub_senior', 'iothub', 'iothub']) {
      keys.push(await createdKey({ AliyunCommodityCode }));
      api.clock.nowMs += 1;
    }
    const params = { CurrentPage: 2, PageSize: 2, AliyunCommodityCode: 'iothub' };
    const { body } = await api.call('QueryProductList', params);
    expect(body['Data']).toMatchObject({
      List: { ProductInfo: [{ ProductKey: keys[3] }] },
      PageCount: 2,
      Total: 3,
    });
  });

  test('shows no secret', async () => {
    const { ProductSecret } = await shown(await createdKey());
    const { body } = await api.call('QueryProductList', { CurrentPage: 1, PageSize: 10 });
    expect(ProductSecret).toHaveLength(16);
    expect(JSON.stringify(body)).not.toContain(ProductSecret);
  });

  test.each([
    { sent: { CurrentPage: 0 }, code: 'iot.common.InvalidPageParams' },
    { sent: { PageSize: 0 }, code: 'iot.common.InvalidPageParams' },
    { sent: { PageSize: 201 }, code: 'iot.common.InvalidPageParams' },
    { sent: { PageSize: '' }, code: 'MissingParameter' },
    { sent: { AliyunCommodityCode: 'iot' }, code: 'iot.prod.InvalidAliyunCommodityCode' },
  ])('refuses $sent: $code', async ({ sent, code }) => {
    const params = { CurrentPage: 1, PageSize: 10, ...sent };
    expect((await api.call('QueryProductList', params)).body.Code).toBe(code);
  });
});

describe('UpdateProduct', () => {
  test('changes name and description, and nothing else', async () => {
    const ProductKey = await createdKey();
    const before = await shown(ProductKey);
    const changes = { ProductName: '另一个名字', Description: 'after' };
    const { body } = await api.call('UpdateProduct', { ProductKey, ...changes });
    expect(body).toEqual({ RequestId: expect.any(String), Success: true });
    expect(await shown(ProductKey)).toEqual({ ...before, ...changes });
  });

  test('keeps the description where none is sent', async () => {
    const ProductKey = await createdKey();
    await api.call('UpdateProduct', { ProductKey, ProductName: 'Another' });
    expect(await shown(ProductKey)).toMatchObject({
      ProductName: 'Another',
      Description: 'before',
    });
  });

  test.each([
    { sent: { ProductKey: '' }, code: 'iot.prod.NullProductKey' },
    { sent: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
    { sent: { ProductName: '' }, code: 'iot.prod.NullProductName' },
    { sent: { ProductName: 'abc' }, code: 'iot.prod.InvalidFormattedProductName' },
    { sent: { Description: 'x'.repeat(101) }, code: 'iot.prod.LongProductDesc' },
  ])('refuses $sent and changes nothing: $code', async ({ sent, code }) => {
    const ProductKey = await createdKey();
    const before = await shown(ProductKey);
    const params = { ProductKey, ProductName: 'Another', Description: 'after', ...sent };
    expect((await api.call('UpdateProduct', params)).body.Code).toBe(code);
    expect(await shown(ProductKey)).toEqual(before);
  });
});

describe('DeleteProduct', () => {
  test('deletes a product without devices', async () => {
    const ProductKey = await createdKey();
    const { body } = await api.call('DeleteProduct', { ProductKey });
    expect(body).toEqual({ RequestId: expect.any(String), Success: true });
    const gone = await api.call('QueryProduct', { ProductKey });
    expect(gone.body.Code).toBe('iot.prod.NotExistedProduct');
  });

  test('refuses one with devices until the last of them is deleted', async () => {
    const ProductKey = await createdKey();
    await api.call('RegisterDevice', { ProductKey, DeviceName: 'dev_1' });
    const refused = await api.call('DeleteProduct', { ProductKey });
    expect(refused.body).toMatchObject({
      Success: false,
      Code: 'iot.prod.UpdateProductFailed',
      ErrorMessage: 'The product still has devices: 1.',
    });
    await api.call('DeleteDevice', { ProductKey, DeviceName: 'dev_1' });
    expect((await api.call('DeleteProduct', { ProductKey })).body.Success).toBe(true);
  });

  test.each([
    { ProductKey: '', code: 'iot.prod.NullProductKey' },
    { ProductKey: 'a1Unknown00', code: 'iot.prod.NotExistedProduct' },
  ])('refuses $ProductKey: $code', async ({ ProductKey, code }) => {
    expect((await api.call('DeleteProduct', { ProductKey })).body.Code).toBe(code);
  });
});
