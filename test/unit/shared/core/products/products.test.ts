import { describe, expect, test } from 'vitest';
import {
  countDevicesOf,
  createProduct,
  findProduct,
  openProductSecret,
} from '../../../../../shared/core/products/products.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { accepted, NEW_PRODUCT } from '../../../../support/test-device.ts';

describe('createProduct', () => {
  test('makes a product with a key of 11 characters and a sealed secret of 16', async () => {
    const registry = createMemoryParts();
    const { product, productSecret } = accepted(await createProduct(NEW_PRODUCT, registry));
    expect(product).toEqual({
      ...NEW_PRODUCT,
      productKey: expect.stringMatching(/^a1[A-Za-z0-9]{9}$/),
      sealedSecret: expect.any(String),
      createdAtMs: START_MS,
    });
    expect(productSecret).toMatch(/^[A-Za-z0-9]{16}$/);
    expect(JSON.stringify(product)).not.toContain(productSecret);
    expect(openProductSecret(product, registry.sealing)).toBe(productSecret);
  });

  test('makes one that can be found and has no devices yet', async () => {
    const registry = createMemoryParts();
    const { product } = accepted(await createProduct(NEW_PRODUCT, registry));
    const { productKey } = product;
    expect(await findProduct(productKey, registry.store)).toEqual({ ok: true, value: product });
    expect(await countDevicesOf(productKey, registry.store)).toBe(0);
  });

  test('draws again where a key is taken', async () => {
    const parts = createMemoryParts();
    // The same bytes twice: the second product's first key is the one of the first.
    const bytes = [1, 1, 1, 1, 1, 1, 2, 2, 2];
    const randomBytes = (size: number) => new Uint8Array(size).fill(bytes.shift() ?? 9);
    const registry = { ...parts, randomBytes };
    const first = accepted(await createProduct(NEW_PRODUCT, registry)).product;
    const second = accepted(await createProduct(NEW_PRODUCT, registry)).product;
    expect(first.productKey).toBe(`a1${'B'.repeat(9)}`);
    expect(second.productKey).not.toBe(first.productKey);
    const found = await findProduct(first.productKey, parts.store);
    expect(found).toEqual({ ok: true, value: first });
  });

  test.each(['abcd', 'p'.repeat(30), '温度', '温'.repeat(15)])(
    'takes the name %s',
    async (name) => {
      const wanted = { ...NEW_PRODUCT, productName: name };
      expect(await createProduct(wanted, createMemoryParts())).toMatchObject({ ok: true });
    },
  );

  test.each(['', 'abc', 'p'.repeat(31), '温', '温'.repeat(16), `${'p'.repeat(29)}温`])(
    'refuses the name %j',
    async (name) => {
      const wanted = { ...NEW_PRODUCT, productName: name };
      const failure = {
        kind: 'invalid-parameter',
        parameter: 'ProductName',
        reason: '4 to 30 characters, a Chinese one counts as two',
      };
      expect(await createProduct(wanted, createMemoryParts())).toEqual({ ok: false, failure });
    },
  );
});

test.each(['a1Nowhere00', '', 'x'.repeat(3000), 'a\u0000b'])(
  'findProduct refuses a product that there is not: %j',
  async (productKey) => {
    const failure = { kind: 'unknown-product', productKey };
    const found = await findProduct(productKey, createMemoryParts().store);
    expect(found).toEqual({ ok: false, failure });
  },
);
