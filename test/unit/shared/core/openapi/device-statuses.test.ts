import { beforeEach, expect, test } from 'vitest';
import {
  countDevices,
  createDeviceStatusReader,
  type DeviceStatusReader,
} from '../../../../../shared/core/openapi/device-statuses.ts';
import { interceptStore } from '../../../../support/intercepted-store.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { createTestProduct, registerTestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let productKey: string;
let walks: number;
let statusesOf: DeviceStatusReader;

beforeEach(async () => {
  parts = createMemoryParts();
  ({ productKey } = await createTestProduct(parts));
  walks = 0;
  const store = interceptStore(parts.store, ({ table, verb }) => {
    if (table === 'devices' && verb === 'list') walks += 1;
  });
  statusesOf = createDeviceStatusReader({ store, nowMs: parts.nowMs });
});

async function register(count: number) {
  for (let number = 0; number < count; number += 1) {
    await registerTestDevice(parts, { productKey, deviceName: `dev_${number}` });
  }
}

const count = async () => countDevices(await statusesOf(productKey));

test('what was read is good for a millisecond a device', async () => {
  await register(5);
  expect(await count()).toBe(5);
  await registerTestDevice(parts, { productKey, deviceName: 'another' });
  parts.clock.advance(4);
  expect(await count()).toBe(5);
  expect(walks).toBe(1);
  parts.clock.advance(1);
  expect(await count()).toBe(6);
  expect(walks).toBe(2);
});

test('nothing is kept of a product without devices', async () => {
  expect(await count()).toBe(0);
  await register(1);
  expect(await count()).toBe(1);
});

test('what was read before the clock went back is read again', async () => {
  await register(1);
  await count();
  parts.clock.advance(-1);
  await count();
  expect(walks).toBe(2);
});

test('calls at one time share a walk', async () => {
  await register(3);
  const counts = await Promise.all([count(), count(), count()]);
  expect(counts).toEqual([3, 3, 3]);
  expect(walks).toBe(1);
});

test('a walk that fails is begun again by the next call', async () => {
  await register(1);
  let fails = true;
  const store = interceptStore(parts.store, ({ verb }) => {
    if (verb === 'list' && fails) throw new Error('the store is gone');
  });
  const read = createDeviceStatusReader({ store, nowMs: parts.nowMs });
  await expect(read(productKey)).rejects.toThrow('the store is gone');
  fails = false;
  expect((await read(productKey)).names.UNACTIVE).toEqual(['dev_0']);
});

test('20 products are kept', async () => {
  await register(3);
  await count();
  for (let number = 0; number < 20; number += 1) {
    const other = await createTestProduct(parts);
    await registerTestDevice(parts, { productKey: other.productKey });
    await statusesOf(other.productKey);
  }
  expect(walks).toBe(21);
  await count();
  expect(walks).toBe(22);
});
