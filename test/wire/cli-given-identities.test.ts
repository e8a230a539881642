import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProduct, openProductSecret } from '../../shared/core/products/products.ts';
import { runCli } from '../support/cli.ts';
import { signInForm } from '../support/device-http.ts';
import { type ListStack, listOf, startListStack } from '../support/list-stack.ts';
import { accepted } from '../support/test-device.ts';

/** Those of seed 004. */
const PRODUCT_KEY = 'aliyun_test_01';
const DEVICE = {
  productKey: PRODUCT_KEY,
  deviceName: 'dev001',
  deviceSecret: 'testsecret001',
  iotId: '',
};
const LIST = `ProductKey,DeviceName,DeviceSecret\n${PRODUCT_KEY},dev001,testsecret001\n`;

let stack: ListStack;

beforeEach(async () => {
  stack = await startListStack();
});

afterEach(() => stack.stop());

const mooring = (...args: string[]) => runCli(args, { env: { MOORING_DATA_DIR: stack.dataDir } });

async function signInCode(): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${stack.port}/auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(signInForm(DEVICE)),
  });
  const { code } = (await reply.json()) as { code: number };
  return code;
}

test('the OpenAPI makes a product with a given key and secret, and a device with a given secret', async () => {
  const key = ['--ProductKey', PRODUCT_KEY];
  const product = ['--ProductName', 'Given', '--NodeType', '0', ...key];
  const created = await mooring('CreateProduct', ...product, '--ProductSecret', 'productSecret01');
  const given = { ProductKey: PRODUCT_KEY, ProductSecret: 'productSecret01' };
  expect(JSON.parse(created.out)).toMatchObject({ Data: given });
  const again = await mooring('CreateProduct', ...product);
  expect(again.err).toContain('iot.prod.InvalidFormattedProductkey');
  expect(again.err).toContain('there is a product of this key already');
  const kept = accepted(await findProduct(PRODUCT_KEY, stack.base.store));
  expect(openProductSecret(kept, stack.base.sealing)).toBe('productSecret01');

  const device = [...key, '--DeviceName', 'dev001', '--DeviceSecret', 'testsecret001'];
  const registered = await mooring('RegisterDevice', ...device);
  expect(JSON.parse(registered.out)).toMatchObject({ Data: { DeviceSecret: 'testsecret001' } });
  expect(await signInCode()).toBe(0);
});

test('a list makes the products that are not there, and its devices sign in with its secrets', async () => {
  const file = listOf(LIST);
  const without = await mooring('devices', 'import', file);
  expect(without.out).toContain('0 devices registered, 1 line rejected');
  const { code, out, err } = await mooring('devices', 'import', file, '--again', '--make-products');
  expect({ code, out, err }).toEqual({
    code: 0,
    out: '1 device registered, 0 lines rejected\n',
    err: `made the product ${PRODUCT_KEY}\n`,
  });
  expect(await signInCode()).toBe(0);
  const more = listOf('DeviceName\ndev002\n');
  const second = await mooring(
    'devices',
    'import',
    more,
    '--product',
    PRODUCT_KEY,
    '--make-products',
  );
  expect(second).toMatchObject({ code: 0, err: '' });
});

test('a key that no product may have is refused, and its line rejected', async () => {
  const asked = ['--ProductName', 'Given', '--NodeType', '0', '--ProductKey', 'dot.ted'];
  const { code, err } = await mooring('CreateProduct', ...asked);
  expect(code).toBe(1);
  expect(err).toContain('4 to 32 letters, digits and _ -');
  const file = listOf('ProductKey,DeviceName\ndot.ted,dev001\nok_01,dev001\n');
  const run = await mooring('devices', 'import', file, '--make-products');
  expect(run).toMatchObject({ code: 1, err: 'made the product ok_01\n' });
  expect(run.out).toContain('1 device registered, 1 line rejected');
  const reserved = await mooring('devices', 'import', file, '--make-products', '--reserve');
  expect(reserved).toMatchObject({ code: 2 });
});
