import { beforeEach, describe, expect, test } from 'vitest';
import {
  createProductDirectory,
  type ProductDirectory,
} from '../../../../../shared/core/products/product-directory.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { createTestProduct, THING_MODEL } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let directory: ProductDirectory;

beforeEach(() => {
  parts = createMemoryParts();
  directory = createProductDirectory(parts);
});

async function failedOf(productKey: string, params: object): Promise<string[]> {
  const product = await directory.find(productKey);
  const checked = product?.thingModel.checkProperties(params, parts.nowMs());
  if (!checked?.ok) throw new Error('the post was refused');
  return Object.keys(checked.value.failed);
}

describe('the product directory', () => {
  test('gives the record of a product and its thing model as checks', async () => {
    const product = await createTestProduct(parts);
    expect((await directory.find(product.productKey))?.record).toEqual(product);
    const params = { temperature: 20, humidity: 40 };
    expect(await failedOf(product.productKey, params)).toEqual(['humidity']);
  });

  test('gives undefined for a product that there is not, and the product once it is there', async () => {
    const { productKey } = await createTestProduct(parts);
    expect(await directory.find('a1Nowhere00')).toBeUndefined();
    expect(await directory.find(productKey)).toMatchObject({ record: { productKey } });
  });

  test('shows a module that was imported after 10 s', async () => {
    const { productKey } = await createTestProduct(parts);
    const params = { 'air:temperature': 20 };
    expect(await failedOf(productKey, params)).toEqual(['air:temperature']);
    const thingModel = { ...THING_MODEL, functionBlockId: 'air', functionBlockName: 'Air' };
    await parts.store
      .table('thing_models')
      .insert({ partition: productKey, sort: 'air' }, { thingModel, importedAtMs: 0 });
    parts.clock.advance(9_999);
    expect(await failedOf(productKey, params)).toEqual(['air:temperature']);
    parts.clock.advance(1);
    expect(await failedOf(productKey, params)).toEqual([]);
  });

  test('takes every property for unknown where a product has no thing model', async () => {
    const { productKey } = await createTestProduct(parts);
    await parts.store.table('thing_models').remove({ partition: productKey, sort: 'default' });
    expect(await failedOf(productKey, { temperature: 20 })).toEqual(['temperature']);
  });
});
