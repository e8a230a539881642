import { beforeEach, expect, test } from 'vitest';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import type { Checkpoint } from '../../../../../shared/core/moving-in/moving.ts';
import { isAllMoved } from '../../../../../shared/core/moving-in/moving-report.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { ok } from '../../../../../shared/model/failure.ts';
import { accountDevice, refusedWith } from '../../../../support/scripted-account.ts';
import { registerTestDevice } from '../../../../support/test-device.ts';
import { FRESH, openTestMove, type TestMove } from '../../../../support/test-move.ts';

let parts: TestMove['parts'];
let script: TestMove['script'];
let productKey: TestMove['productKey'];
let moveAll: TestMove['moveAll'];
let device: TestMove['device'];

beforeEach(() => {
  ({ parts, script, productKey, moveAll, device } = openTestMove());
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
