import { beforeEach, expect, test } from 'vitest';
import { activateDevice } from '../../../../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { addDevices } from '../../../../../shared/core/devices/register-device.ts';
import { moveIn } from '../../../../../shared/core/moving-in/move-in.ts';
import type { Checkpoint, Moving } from '../../../../../shared/core/moving-in/moving.ts';
import {
  hasMoved,
  isAllMoved,
  type Tally,
} from '../../../../../shared/core/moving-in/moving-report.ts';
import { countDevicesOf, findProduct } from '../../../../../shared/core/products/products.ts';
import { ok, refuse } from '../../../../../shared/model/failure.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import {
  ACCOUNT_PRODUCT,
  accountDevice,
  refusedWith,
  type ScriptedAccount,
  scriptAccount,
} from '../../../../support/scripted-account.ts';
import { accepted, registerTestDevice } from '../../../../support/test-device.ts';

const productKey = 'a1TestProd01';
const FRESH: Checkpoint = {
  wasInterrupted: false,
  positionOf: () => undefined,
  save: async () => undefined,
};

let parts: MemoryParts;
let script: ScriptedAccount;

beforeEach(() => {
  parts = createMemoryParts();
  script = scriptAccount();
  script.products.push(ACCOUNT_PRODUCT);
});

function move(changes: Partial<Moving> = {}, wanted: readonly string[] = []) {
  return moveIn(wanted, {
    ...parts,
    account: script.account,
    checkpoint: FRESH,
    isDryRun: false,
    withValues: true,
    onProduct: () => undefined,
    onProgress: () => undefined,
    ...changes,
  });
}

async function moveAll(changes: Partial<Moving> = {}) {
  const [report] = accepted(await move(changes));
  if (!report) throw new Error('no product was moved');
  return report;
}

async function device(deviceName: string) {
  return accepted(await findDevice({ productKey, deviceName }, parts.store));
}

test('a device that has signed in here stays activated, whatever the account says', async () => {
  script.pages.push([accountDevice('tank-1')]);
  await moveAll();
  await activateDevice({ productKey, deviceName: 'tank-1' }, parts);
  const before = await device('tank-1');
  expect((await moveAll()).devices).toMatchObject({ unchanged: 1, changed: 0 });
  expect(await device('tank-1')).toEqual(before);
  expect(before.status).toBe('ACTIVE');
});

test('the status and the time of activation are those of the account', async () => {
  script.pages.push([
    accountDevice('online', { DeviceStatus: 'ONLINE' }),
    accountDevice('offline', { DeviceStatus: 'OFFLINE' }),
    accountDevice('disabled', { DeviceStatus: 'DISABLE' }),
  ]);
  script.details.push(
    { DeviceName: 'online', UtcActive: '2021-01-02T03:04:05.678Z' },
    { DeviceName: 'offline', UtcActive: '' },
    { DeviceName: 'disabled', UtcActive: '' },
  );
  await moveAll();
  expect(await device('online')).toMatchObject({
    status: 'ACTIVE',
    activatedAtMs: Date.UTC(2021, 0, 2, 3, 4, 5, 678),
  });
  expect(await device('offline')).toMatchObject({
    status: 'ACTIVE',
    activatedAtMs: 1_600_000_000_000,
  });
  expect(await device('disabled')).toMatchObject({ status: 'DISABLED', activatedAtMs: null });
});

test('a new secret voids tokens, a new nickname does not', async () => {
  script.pages.push([accountDevice('tank-1'), accountDevice('tank-2')]);
  await moveAll();
  const [first, second] = [await device('tank-1'), await device('tank-2')];
  script.pages[0] = [
    accountDevice('tank-1', { DeviceSecret: 'another' }),
    accountDevice('tank-2', { Nickname: '二号' }),
  ];
  expect((await moveAll()).devices.changed).toBe(2);
  const [rekeyed, renamed] = [await device('tank-1'), await device('tank-2')];
  expect(openDeviceSecret(rekeyed, parts.sealing)).toBe('another');
  expect(rekeyed.generation).not.toBe(first.generation);
  expect(renamed).toMatchObject({ nickname: '二号', generation: second.generation });
});

test('an iotId that is another device here is a conflict, and that device stays as it is', async () => {
  const other = await registerTestDevice(parts);
  script.pages.push([accountDevice('tank-1', { IotId: other.iotId }), accountDevice('tank-2')]);
  const { devices, problems } = await moveAll();
  expect(devices).toMatchObject({ added: 1, refused: 1 });
  expect(problems).toEqual([
    {
      reason: `its IotId belongs to ${other.productKey}/${other.deviceName} here`,
      count: 1,
      examples: ['tank-1'],
    },
  ]);
  expect(accepted(await findDevice({ iotId: other.iotId }, parts.store)).deviceName).toBe(
    other.deviceName,
  );
});

test('a device that got another iotId is found by it, keeps what it said, and counts once', async () => {
  script.pages.push([accountDevice('tank-1')]);
  await moveAll();
  const state = {
    properties: { level: { value: 4, time: 9, messageId: '5', arrivedAtMs: 9 } },
    lastMessageAtMs: 9,
  };
  const states = parts.store.table('thing_state');
  await states.insert({ partition: 'iotId-of-tank-1' }, state);
  script.pages[0] = [accountDevice('tank-1', { IotId: 'anotherIotId' })];
  await moveAll();
  expect(accepted(await findDevice({ iotId: 'anotherIotId' }, parts.store)).deviceName).toBe(
    'tank-1',
  );
  expect((await findDevice({ iotId: 'iotId-of-tank-1' }, parts.store)).ok).toBe(false);
  expect((await states.read({ partition: 'anotherIotId' }))?.value).toEqual(state);
  expect(await countDevicesOf(productKey, parts.store)).toBe(1);
});

test('what cannot be read of a device is told without its secret', async () => {
  script.pages.push([
    accountDevice('no'),
    accountDevice('no-secret', { DeviceSecret: '' }),
    accountDevice('no-iot-id', { IotId: '' }),
    accountDevice('no-status', { DeviceStatus: 'SLEEPING' }),
  ]);
  const { devices, problems } = await moveAll();
  expect(devices).toMatchObject({ added: 0, refused: 4 });
  expect(problems.map(({ examples }) => examples)).toEqual([
    ['no'],
    ['no-secret'],
    ['no-iot-id'],
    ['no-status'],
  ]);
  expect(JSON.stringify(problems)).not.toContain('secret-of');
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
  expect((await moveAll({ withValues: false })).values).toBeNull();
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

test('a listing that was interrupted goes on there, and from the beginning if the account refuses that', async () => {
  script.pages.push([accountDevice('tank-1')], [accountDevice('tank-2')]);
  const from = { page: 2, nextToken: 'old' };
  const checkpoint = { ...FRESH, wasInterrupted: true, positionOf: () => from };
  expect((await moveAll({ checkpoint })).devices.added).toBe(1);
  expect((await findDevice({ productKey, deviceName: 'tank-1' }, parts.store)).ok).toBe(false);

  const { devicePages } = script.account;
  script.account.devicePages = (key, position) =>
    position ? refusingPages() : devicePages(key, position);
  expect((await moveAll({ checkpoint })).devices).toMatchObject({ added: 1, unchanged: 1 });
  expect((await device('tank-1')).nickname).toBe('');
});

async function* refusingPages() {
  yield refusedWith('iot.common.InvalidPageParams');
}

test('a product that an interrupted run had finished is not listed again, and its indexes are mended', async () => {
  script.pages.push([accountDevice('tank-1'), accountDevice('tank-2')]);
  await moveAll();
  const counts = parts.store.table('product_counts');
  for (const { sort } of (await counts.list(productKey, { limit: 50 })).records) {
    await counts.remove({ partition: productKey, sort });
  }
  await parts.store.table('device_ids').remove({ partition: 'iotId-of-tank-1' });
  const checkpoint: Checkpoint = {
    ...FRESH,
    wasInterrupted: true,
    positionOf: () => 'done',
  };
  const { isResumed, devices } = await moveAll({ checkpoint });
  expect({ isResumed, unchanged: devices.unchanged }).toEqual({ isResumed: true, unchanged: 0 });
  expect(script.listedFrom).toHaveLength(1);
  expect(await countDevicesOf(productKey, parts.store)).toBe(2);
  expect((await findDevice({ iotId: 'iotId-of-tank-1' }, parts.store)).ok).toBe(true);
});

test('a device that lacks its index gets it, also without a checkpoint', async () => {
  script.pages.push([accountDevice('tank-1')]);
  await moveAll();
  await parts.store.table('device_ids').remove({ partition: 'iotId-of-tank-1' });
  await moveAll();
  expect((await findDevice({ iotId: 'iotId-of-tank-1' }, parts.store)).ok).toBe(true);
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

test('a device that was added by somebody else meanwhile is changed to what the account says', async () => {
  await moveAll();
  script.pages.push([accountDevice('tank-1', { Nickname: 'the account’s' })]);
  const { deviceDetails } = script.account;
  script.pages[0]?.push(accountDevice('tank-2', { DeviceStatus: 'ONLINE' }));
  script.account.deviceDetails = async (...asked) => {
    const local = await registerTestDevice(parts, { deviceName: 'other' });
    const made = accepted(await findDevice({ iotId: local.iotId }, parts.store));
    const taken = { ...made, productKey, deviceName: 'tank-1', iotId: 'iotId-of-tank-1' };
    const sealedSecret = parts.sealing.seal('their-own', `device/${productKey}/tank-1`);
    await addDevices([{ ...taken, sealedSecret }], parts.store);
    return deviceDetails(...asked);
  };
  expect((await moveAll()).devices).toMatchObject({ added: 1, changed: 1 });
  const moved = await device('tank-1');
  expect(moved.nickname).toBe('the account’s');
  expect(openDeviceSecret(moved, parts.sealing)).toBe('secret-of-tank-1');
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

test('a listing during which the account changed is told, since devices may have slipped through', async () => {
  script.pages.push([accountDevice('tank-1')], [accountDevice('tank-2')]);
  const { devicePages } = script.account;
  script.account.devicePages = async function* (key, from) {
    let total = 3;
    for await (const page of devicePages(key, from)) {
      total -= 1;
      yield page.ok ? ok({ ...page.value, total }) : page;
    }
  };
  expect((await moveAll()).problems).toEqual([
    {
      reason: 'the account counted 2 devices at first and 1 at last: run it again',
      count: 1,
      examples: [],
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

test('devices that are here and not in the account are counted, refused ones and a dry run’s new ones aside', async () => {
  script.pages.push([accountDevice('tank-1'), accountDevice('tank-2')], [accountDevice('tank-3')]);
  expect((await moveAll()).notes).toEqual([]);
  await registerTestDevice(parts, { productKey, deviceName: 'registered-here' });
  script.pages[1] = [
    accountDevice('tank-2', { DeviceSecret: '' }),
    accountDevice('not-here', { DeviceSecret: '' }),
    accountDevice('tank-4'),
  ];
  script.pages[0] = [accountDevice('tank-1')];
  const notes = ['2 devices are here and not in the account: registered here, or deleted there'];
  for (const isDryRun of [true, false]) {
    expect(await moveAll({ isDryRun })).toMatchObject({ notes, devices: { refused: 2, added: 1 } });
  }
  script.pages[0]?.push(accountDevice('tank-3', { IotId: 'iotId-of-tank-1' }));
  const report = await moveAll();
  expect(report.devices.refused).toBe(3);
  expect(report.notes).toEqual([
    '1 device is here and not in the account: registered here, or deleted there',
  ]);
  expect(isAllMoved([report])).toBe(false);
});

test('a listing that is not a whole one says nothing about devices that are only here', async () => {
  script.pages.push([accountDevice('tank-1')], [accountDevice('tank-2')]);
  await moveAll();
  const checkpoint = {
    ...FRESH,
    wasInterrupted: true,
    positionOf: () => ({ page: 2, nextToken: '' }),
  };
  expect((await moveAll({ checkpoint })).notes).toEqual([]);
  const { devicePages } = script.account;
  script.account.devicePages = async function* (key, from) {
    for await (const page of devicePages(key, from)) {
      yield page.ok ? ok({ ...page.value, total: 3 }) : page;
    }
  };
  script.pages.pop();
  const { notes, problems } = await moveAll();
  expect(notes).toEqual([]);
  expect(problems).toMatchObject([{ reason: expect.stringContaining('counts 3 devices') }]);
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
