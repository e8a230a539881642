import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import { PRODUCTS_PARTITION } from '../../../../../shared/core/products/products.ts';
import { importThingModel } from '../../../../../shared/core/thing-models/import-thing-model.ts';
import { findThingModels } from '../../../../../shared/core/thing-models/thing-models.ts';
import type { ProductRecord } from '../../../../../shared/model/product.ts';
import type { Store } from '../../../../../shared/ports/table.ts';

const productKey = 'a1TestProd01';

const product: ProductRecord = {
  productKey,
  productName: 'Test product',
  sealedSecret: '',
  nodeType: 0,
  dataFormat: 1,
  validation: 'weak',
  authType: 'secret',
  netType: 'WIFI',
  aliyunCommodityCode: 'iothub_senior',
  description: '',
  createdAtMs: 0,
};

let store: Store;

beforeEach(async () => {
  store = createMemoryStore({ nowMs: () => 0 });
  const key = { partition: PRODUCTS_PARTITION, sort: productKey };
  await store.table('products').insert(key, product);
});

/** Imports an empty document under the given names and in the name of another product. */
function importDocument(document: object, wanted: { functionBlockId?: string } = {}) {
  const tslText = JSON.stringify({ profile: { productKey: 'a1Another00' }, ...document });
  return importThingModel({ productKey, tslText, ...wanted }, { store, nowMs: () => 7 });
}

describe('an imported thing model', () => {
  test.each([
    { document: {}, wanted: {}, sort: 'default', names: {} },
    { document: { functionBlockId: 'default' }, wanted: {}, sort: 'default', names: {} },
    {
      document: { functionBlockId: 'battery', functionBlockName: 'Battery' },
      wanted: {},
      sort: 'battery',
      names: { functionBlockId: 'battery', functionBlockName: 'Battery' },
    },
    {
      document: { functionBlockId: 'battery', functionBlockName: 'Battery' },
      wanted: { functionBlockId: 'motor', functionBlockName: 'Motor' },
      sort: 'motor',
      names: { functionBlockId: 'motor', functionBlockName: 'Motor' },
    },
    {
      document: {},
      wanted: { functionBlockId: 'motor' },
      sort: 'motor',
      names: { functionBlockId: 'motor', functionBlockName: 'motor' },
    },
  ])('with $document as $wanted is module $sort', async ({ document, wanted, sort, names }) => {
    await importDocument(document, wanted);
    const found = await store.table('thing_models').read({ partition: productKey, sort });
    const lists = { properties: [], events: [], services: [] };
    const thingModel = { profile: { productKey }, ...lists, ...names };
    expect(found?.value).toEqual({ thingModel, importedAtMs: 7 });
  });

  test('is found among the modules of its product', async () => {
    await importDocument({});
    await importDocument({}, { functionBlockId: 'battery' });
    const found = await findThingModels(productKey, store);
    expect(found.map(({ functionBlockId }) => functionBlockId)).toEqual(['battery', undefined]);
    expect(await findThingModels('a1Another00', store)).toEqual([]);
  });
});
