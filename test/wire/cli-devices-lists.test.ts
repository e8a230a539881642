import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Base } from '../../infra/local/base.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { type CliRun, runCli } from '../support/cli.ts';
import { type ListStack, listOf, startListStack } from '../support/list-stack.ts';

let stack: ListStack;
let base: Base;
let productKey: string;

beforeAll(async () => {
  stack = await startListStack();
  base = stack.base;
});

afterAll(() => stack.stop());

beforeEach(async () => {
  productKey = await stack.newProduct();
});

const importList = (file: string, ...more: string[]): Promise<CliRun> =>
  runCli(['devices', 'import', file, ...more], { env: { MOORING_DATA_DIR: stack.dataDir } });

/** Without the header. */
const rejectsOf = (file: string): string[] =>
  readFileSync(`${file}.rejects.csv`, 'utf8').trimEnd().split('\n').slice(1);

describe('mooring devices import', () => {
  test('takes a header alone for a list of nothing', async () => {
    const run = await importList(listOf('DeviceName\r\n'), '--product', productKey);
    expect(run).toMatchObject({ code: 0, out: '0 devices registered, 0 lines rejected\n' });
  });

  test('keeps what a column is called from moving the cursor', async () => {
    const file = listOf('DeviceName,\u001b[2JNote\u0007\nlamp-1,\n');
    const { code, err } = await importList(file, '--product', productKey);
    expect({ code, err }).toEqual({ code: 0, err: 'not read: the columns ?[2JNote?\n' });
  });

  test('does and notes nothing where no line can name a product', async () => {
    const file = listOf('DeviceName\nlamp-1\n');
    const run = await importList(file);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toBe(
      'mooring: The header has no column ProductKey, and --product is not given. Say with --product KEY of which product the devices are.\n',
    );
    expect(await importList(file, '--product', productKey)).toMatchObject({
      code: 0,
      out: '1 device registered, 0 lines rejected\n',
      err: '',
    });
  });

  test('imports a list into one product and then into another', async () => {
    const file = listOf('DeviceName\nlamp-1\nlamp-2\n');
    const products = [productKey, await stack.newProduct()];
    for (const key of products) {
      expect(await importList(file, '--product', key)).toMatchObject({ code: 0, err: '' });
      expect(await countDevicesOf(key, base.store)).toBe(2);
    }
    const { err } = await importList(file, '--product', products[1] ?? '');
    expect(err).toContain('was imported on');
  });

  test('names a deviceId that comes twice by what the list has', async () => {
    const list = 'deviceId,DeviceName\nSN-1,\nSN-1,\nSN/2,\nSN/2,\nSN-3,lamp-3\nSN-4,lamp-3\n';
    const file = listOf(list);
    const { code, out } = await importList(file, '--product', productKey);
    expect(code).toBe(1);
    expect(out).toMatch(/^3 devices registered, 3 lines rejected/);
    expect(rejectsOf(file)).toEqual([
      '3,"a device of this deviceId exists already, or an earlier line names it",SN-1,',
      '5,"a device of this deviceId exists already, or an earlier line names it",SN/2,',
      '7,"a device of this name exists already, or an earlier line names it",SN-4,lamp-3',
    ]);
  });
});
