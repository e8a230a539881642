import { beforeEach, expect, test } from 'vitest';
import {
  hasMoved,
  isAllMoved,
  type Tally,
} from '../../../../../shared/core/moving-in/moving-report.ts';
import { findProduct } from '../../../../../shared/core/products/products.ts';
import { ok, refuse } from '../../../../../shared/model/failure.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import {
  ACCOUNT_PRODUCT,
  accountDevice,
  refusedWith,
} from '../../../../support/scripted-account.ts';
import { accepted } from '../../../../support/test-device.ts';
import { openTestMove, type TestMove } from '../../../../support/test-move.ts';

let parts: TestMove['parts'];
let script: TestMove['script'];
let productKey: TestMove['productKey'];
let move: TestMove['move'];
let moveAll: TestMove['moveAll'];
let device: TestMove['device'];

beforeEach(() => {
  ({ parts, script, productKey, move, moveAll, device } = openTestMove());
});

test('a dry run counts what would be done, and values that are not asked for are not counted', async () => {
  script.pages.push([accountDevice('tank-1', { DeviceStatus: 'ONLINE' })]);
  script.values.set('iotId-of-tank-1', [level('4', 9)]);
  const report = await moveAll({ isDryRun: true });
  expect(report).toMatchObject({
    product: 'added',
    thingModels: { added: 1 },
    devices: { added: 1 },
    values: null,
  });
  expect((await moveAll({ contents: new Set() })).values).toBeNull();
});

test('a dry run writes nothing', async () => {
  script.pages.push([accountDevice('tank-1', { DeviceStatus: 'ONLINE' })]);
  await moveAll({ isDryRun: true });
  for (const table of ['products', 'thing_models', 'devices', 'device_ids'] as const) {
    const partition = table === 'products' ? 'products' : productKey;
    const page = await parts.store.table(table).list(partition, { limit: 1 });
    expect(page.records).toEqual([]);
  }
});

test('values that the device has told here since are kept, older ones give way', async () => {
  script.pages.push([accountDevice('tank-1', { DeviceStatus: 'ONLINE' })]);
  script.values.set('iotId-of-tank-1', [level('4', 100)]);
  expect((await moveAll()).values?.added).toBe(1);
  expect((await moveAll()).values).toMatchObject({ unchanged: 1, changed: 0 });
  script.values.set('iotId-of-tank-1', [level('5', 101)]);
  expect((await moveAll()).values?.changed).toBe(1);
  const states = parts.store.table('thing_state');
  const key = { partition: 'iotId-of-tank-1' };
  const stored = await states.read(key);
  const own = { value: 6, time: 200, messageId: '7', arrivedAtMs: 200 };
  const state = { properties: { level: own }, lastMessageAtMs: 200 };
  await states.replace(key, state, stored?.version ?? 0);
  script.values.set('iotId-of-tank-1', [level('5', 200)]);
  await moveAll();
  expect((await states.read(key))?.value).toEqual(state);
});

function level(value: string, time: number) {
  return { Identifier: 'level', DataType: 'int', Value: value, Time: String(time) };
}

test('a product that is named twice is moved once', async () => {
  script.pages.push([accountDevice('tank-1')]);
  const reports = accepted(await move({}, [productKey, productKey]));
  expect(reports).toMatchObject([{ productKey, devices: { added: 1 } }]);
});

test('a product that is deleted while it is changed is made anew', async () => {
  await moveAll();
  script.products[0] = { ...ACCOUNT_PRODUCT, ProductName: 'Boilers' };
  let pending = true;
  const store = interceptStore(parts.store, async ({ table, verb, key }) => {
    if (table !== 'products' || verb !== 'replace' || !pending) return;
    pending = false;
    await parts.store.table('products').remove(key);
  });
  expect((await moveAll({ store })).product).toBe('added');
  const found = accepted(await findProduct(productKey, parts.store));
  expect(found.productName).toBe('Boilers');
});

test('an account that keeps limiting calls ends the move, and what was moved stays', async () => {
  script.pages.push([accountDevice('tank-1', { DeviceStatus: 'ONLINE' })]);
  const throttled = refuse({ kind: 'identity-source-throttled', attempts: 6 });
  script.account.properties = async () => throttled;
  expect(await move()).toEqual(throttled);
  expect((await device('tank-1')).status).toBe('ACTIVE');
});

test('a refusal that is no word about the product ends the move', async () => {
  for (const code of ['InvalidAccessKeyId.NotFound', 'iot.common.RamActionPermissionDeny']) {
    script.account.product = async () => refusedWith(code);
    expect(await move()).toEqual(refusedWith(code));
  }
  script.account.product = async () => refusedWith('iot.prod.NotExistedProduct');
  expect((await moveAll()).product).toBe('refused');
});

test('a product without a thing model is moved without one, and a refused one is told', async () => {
  script.pages.push([]);
  script.account.modules = async () => refusedWith('iot.prod.NotSeniorProduct');
  expect((await moveAll()).thingModels).toMatchObject({ added: 0, refused: 0 });
  script.account.modules = async () => refusedWith('Forbidden.RAM');
  script.account.thingModel = async () => refusedWith('Forbidden.RAM');
  const { thingModels, problems } = await moveAll();
  expect(thingModels.refused).toBe(1);
  expect(problems.map(({ reason }) => reason)).toEqual([
    'the modules of the thing model: the account refuses it: Forbidden.RAM no',
    'thing model: the account refuses it: Forbidden.RAM no',
  ]);
});

test('a module that may not be stored here is told with its reason', async () => {
  script.pages.push([]);
  script.account.modules = async () => ok([{ functionBlockId: 'not-one-of-ours' }]);
  const { thingModels, problems } = await moveAll();
  expect(thingModels).toMatchObject({ added: 1, refused: 1 });
  expect(problems).toEqual([
    {
      reason: 'thing model: 1 to 30 letters, digits and _',
      count: 1,
      examples: ['not-one-of-ours'],
    },
  ]);
});

test('a move that fails ends only when nothing of it is under way any more', async () => {
  script.pages.push([
    accountDevice('tank-1', { DeviceStatus: 'ONLINE' }),
    accountDevice('tank-2', { DeviceStatus: 'ONLINE' }),
  ]);
  const { properties } = script.account;
  script.values.set('iotId-of-tank-2', [level('4', 100)]);
  script.account.properties = async (iotId, ...module) => {
    if (iotId === 'iotId-of-tank-1') throw new Error('nobody answers');
    await new Promise((resolve) => setTimeout(resolve, 50));
    return properties(iotId, ...module);
  };
  await expect(move()).rejects.toThrow('nobody answers');
  const state = await parts.store.table('thing_state').read({ partition: 'iotId-of-tank-2' });
  expect(state?.value.properties['level']?.value).toBe(4);
});

test('a gateway is moved: what does not come along with it is a note', async () => {
  script.products[0] = { ...ACCOUNT_PRODUCT, NodeType: 1 };
  const report = await moveAll();
  expect(report.notes).toEqual([expect.stringContaining('topology is not moved yet')]);
  expect(isAllMoved([report])).toBe(true);
});

test('what was moved before the account refuses is told', async () => {
  const begun: Tally[] = [];
  const onProduct = (tally: Tally) => begun.push(tally);
  const throttled = refuse({ kind: 'identity-source-throttled', attempts: 6 });
  const { product } = script.account;
  script.account.product = async () => throttled;
  await move({ onProduct });
  expect(begun.map(hasMoved)).toEqual([false]);
  script.account.product = product;
  script.account.modules = async () => throttled;
  await move({ onProduct });
  expect(begun.map(hasMoved)).toEqual([false, true]);
});
