import { expect, test } from 'vitest';
import { listProducts } from '../../../../../shared/core/products/list-products.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { createTestProduct } from '../../../../support/test-device.ts';

async function openProducts(count: number) {
  const registry = createMemoryParts();
  const keys: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const aliyunCommodityCode = made % 2 === 0 ? 'iothub_senior' : 'iothub';
    keys.push((await createTestProduct(registry, { aliyunCommodityCode })).productKey);
    registry.clock.advance(1);
  }
  return { store: registry.store, keys };
}

test('pages hold every product once, the oldest first, however many there are', async () => {
  const { store, keys } = await openProducts(1203);
  const listed: string[] = [];
  for (let page = 1; page <= 7; page += 1) {
    const { products, total } = await listProducts({ page, pageSize: 200 }, store);
    expect(total).toBe(1203);
    listed.push(...products.map(({ productKey }) => productKey));
  }
  expect(listed).toEqual(keys);
  expect(await listProducts({ page: 8, pageSize: 200 }, store)).toEqual({
    products: [],
    total: 1203,
  });
});

test('one kind is listed and counted alone', async () => {
  const { store, keys } = await openProducts(5);
  const wanted = { page: 1, pageSize: 2, aliyunCommodityCode: 'iothub_senior' };
  const { products, total } = await listProducts(wanted, store);
  expect(total).toBe(3);
  expect(products.map(({ productKey }) => productKey)).toEqual([keys[0], keys[2]]);
});
