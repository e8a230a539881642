import { beforeEach, describe, expect, test } from 'vitest';
import { NOW_MS, openTestApi, type Params, type TestApi } from '../support/openapi.ts';

let api: TestApi;

beforeEach(async () => {
  api = await openTestApi();
});

const minimal = { NodeType: 0, ProductName: 'Test product' };

async function createdKey(params: Params = minimal): Promise<string> {
  const { body } = await api.call('CreateProduct', params);
  return String(body['ProductKey']);
}

describe('CreateProduct', () => {
  test('answers with what it made, the key at the top level too', async () => {
    const { body } = await api.call('CreateProduct', minimal);
    expect(body).toEqual({
      RequestId: expect.any(String),
      Success: true,
      ProductKey: expect.stringMatching(/^a1\w{9}$/),
      Data: {
        AliyunCommodityCode: 'iothub_senior',
        AuthType: 'secret',
        DataFormat: 1,
        Description: '',
        Id2: false,
        NodeType: 0,
        ProductKey: body['ProductKey'],
        ProductName: 'Test product',
        ProductSecret: expect.stringMatching(/^\w{16}$/),
        ProtocolType: '',
      },
    });
  });

  test.each([
    { changed: { NodeType: 2 }, code: 'iot.prod.InvalidNodeType' },
    { changed: { NodeType: '' }, code: 'MissingParameter' },
    { changed: { ProductName: '' }, code: 'iot.prod.NullProductName' },
    { changed: { ProductName: 'abc' }, code: 'iot.prod.InvalidFormattedProductName' },
    { changed: { ProductName: '名'.repeat(16) }, code: 'iot.prod.InvalidFormattedProductName' },
    { changed: { DataFormat: 2 }, code: 'iot.system.IllegalRequest' },
    { changed: { ValidateType: 3 }, code: 'iot.system.IllegalRequest' },
    { changed: { AuthType: 'x509' }, code: 'iot.system.IllegalRequest' },
    { changed: { NetType: 'TOKENRING' }, code: 'iot.system.IllegalRequest' },
    { changed: { AliyunCommodityCode: 'iot' }, code: 'iot.prod.InvalidAliyunCommodityCode' },
    { changed: { Description: 'x'.repeat(101) }, code: 'iot.prod.LongProductDesc' },
  ])('refuses $changed: $code', async ({ changed, code }) => {
    const { body } = await api.call('CreateProduct', { ...minimal, ...changed });
    expect(body.Code).toBe(code);
    const [name] = Object.keys(changed);
    expect(String(body['ErrorMessage'] ?? body['Message'])).toContain(name);
  });
});

describe('QueryProduct', () => {
  test('shows a product with the number of its devices', async () => {
    const given = { ...minimal, NodeType: 1, NetType: 'CELLULAR', ValidateType: 0, DataFormat: 0 };
    const created = await api.call('CreateProduct', { ...given, Description: 'to be shown' });
    const productKey = String(created.body['ProductKey']);
    await api.call('RegisterDevice', { ProductKey: productKey });
    await api.call('RegisterDevice', { ProductKey: productKey });
    const { body } = await api.call('QueryProduct', { ProductKey: productKey });
    expect(body['Data']).toEqual({
      ...Object(created.body['Data']),
      NodeType: 1,
      DataFormat: 0,
      Description: 'to be shown',
      CategoryKey: '',
      CategoryName: '',
      DeviceCount: 2,
      GmtCreate: NOW_MS,
      NetType: 6,
      Owner: true,
      ProductStatus: 'DEVELOPMENT_STATUS',
      ValidateType: 0,
    });
  });

  test.each([
    { sent: 'a1Unknown00', code: 'iot.prod.NotExistedProduct', text: 'a1Unknown00' },
    { sent: '', code: 'iot.prod.NullProductKey', text: 'mandatory' },
    { sent: 'a\u0000', code: 'iot.prod.InvalidFormattedProductkey', text: 'visible ASCII' },
    { sent: 'k'.repeat(600), code: 'iot.prod.InvalidFormattedProductkey', text: 'at most 128' },
  ])('refuses $sent: $code', async ({ sent, code, text }) => {
    const { status, body } = await api.call('QueryProduct', { ProductKey: sent });
    expect(status).toBe(200);
    expect(body).toMatchObject({ Success: false, Code: code });
    expect(body['ErrorMessage']).toContain(text);
  });
});

const temperature = {
  identifier: 'Temp',
  name: 'temperature',
  accessMode: 'rw',
  required: false,
  dataType: { type: 'float', specs: { min: '-40', max: '125', step: '0.1', unit: '°C' } },
};

function tslText(productKey: string, properties: readonly unknown[] = [temperature]): string {
  const schema = 'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json';
  return JSON.stringify({ schema, profile: { productKey }, properties, events: [], services: [] });
}

async function shownTsl(params: Params) {
  const { body } = await api.call('GetThingModelTsl', params);
  expect(body.Success).toBe(true);
  return JSON.parse(Object(body['Data']).TslStr);
}

describe('ImportThingModelTsl and GetThingModelTsl', () => {
  test('give back what was imported, in full and in simple form', async () => {
    const ProductKey = await createdKey();
    const { body } = await api.call('ImportThingModelTsl', {
      ProductKey,
      TslStr: tslText('other'),
    });
    expect(body).toEqual({ RequestId: expect.any(String), Success: true });
    const full = await shownTsl({ ProductKey });
    expect(full.profile.productKey).toBe(ProductKey);
    expect(full.properties).toEqual([temperature]);
    expect(full.events.map(({ identifier }: { identifier: string }) => identifier)).toEqual([
      'post',
    ]);
    expect(full.services).toHaveLength(2);
    const simple = await shownTsl({ ProductKey, Simple: 'true' });
    expect(simple).toMatchObject({ properties: [temperature], events: [], services: [] });
  });

  test('replace a module by what is imported again', async () => {
    const ProductKey = await createdKey();
    await api.call('ImportThingModelTsl', { ProductKey, TslStr: tslText(ProductKey) });
    await api.call('ImportThingModelTsl', { ProductKey, TslStr: tslText(ProductKey, []) });
    expect((await shownTsl({ ProductKey })).properties).toEqual([]);
  });

  test('give a full form that can be imported', async () => {
    const ProductKey = await createdKey();
    await api.call('ImportThingModelTsl', { ProductKey, TslStr: tslText(ProductKey) });
    const full = await shownTsl({ ProductKey });
    const params = { ProductKey, TslStr: JSON.stringify(full) };
    expect((await api.call('ImportThingModelTsl', params)).body.Success).toBe(true);
    expect(await shownTsl({ ProductKey })).toEqual(full);
  });

  test('keep a custom module apart from the default one', async () => {
    const ProductKey = await createdKey();
    const module = { FunctionBlockId: 'battery', FunctionBlockName: 'The battery' };
    await api.call('ImportThingModelTsl', { ProductKey, TslStr: tslText(ProductKey), ...module });
    expect((await shownTsl({ ProductKey })).properties).toEqual([]);
    const shown = await shownTsl({ ProductKey, FunctionBlockId: 'battery' });
    expect(shown).toMatchObject({
      functionBlockId: 'battery',
      functionBlockName: 'The battery',
      properties: [temperature],
    });
  });

  test('allow 20 modules and changes to them', async () => {
    const ProductKey = await createdKey();
    const importModule = async (FunctionBlockId: string) => {
      const TslStr = tslText(ProductKey);
      return (await api.call('ImportThingModelTsl', { ProductKey, TslStr, FunctionBlockId })).body;
    };
    for (let count = 1; count <= 20; count += 1) {
      expect((await importModule(`module${count}`)).Success).toBe(true);
    }
    expect((await importModule('module7')).Success).toBe(true);
    expect((await importModule('module21'))['ErrorMessage']).toContain('has 20 modules already');
  });

  test.each([
    { sent: {}, code: 'MissingParameter', text: 'TslStr' },
    {
      sent: { TslUrl: 'http://x/' },
      code: 'iot.system.IllegalRequest',
      text: 'send the text in TslStr',
    },
    { sent: { TslStr: '{' }, code: 'iot.system.IllegalRequest', text: 'JSON' },
    {
      sent: { TslStr: ' '.repeat(256 * 1024 + 1) },
      code: 'iot.system.IllegalRequest',
      text: '262144',
    },
    {
      sent: { TslStr: tslText('x', [{ ...temperature, identifier: '1-' }]) },
      code: 'iot.system.IllegalRequest',
      text: 'properties[0].identifier',
    },
    {
      sent: { TslStr: tslText('x'), FunctionBlockId: 'a-b' },
      code: 'iot.system.IllegalRequest',
      text: 'FunctionBlockId',
    },
    {
      sent: { TslStr: tslText('x'), ProductKey: 'a1Unknown00' },
      code: 'iot.prod.NotExistedProduct',
      text: 'a1Unknown00',
    },
  ])('refuse an import for $text', async ({ sent, code, text }) => {
    const ProductKey = await createdKey();
    const { body } = await api.call('ImportThingModelTsl', { ProductKey, ...sent });
    expect(body.Code).toBe(code);
    expect(body['ErrorMessage'] ?? body['Message']).toContain(text);
    expect((await shownTsl({ ProductKey })).properties).toEqual([]);
  });

  test.each([
    { sent: { FunctionBlockId: 'absent' }, code: 'iot.system.IllegalRequest' },
    { sent: { ProductKey: 'a1Unknown00' }, code: 'iot.prod.NotExistedProduct' },
    { sent: { Simple: 'perhaps' }, code: 'InvalidParameter' },
  ])('refuse to show $sent', async ({ sent, code }) => {
    const ProductKey = await createdKey();
    const { body } = await api.call('GetThingModelTsl', { ProductKey, ...sent });
    expect(body.Code).toBe(code);
  });
});
