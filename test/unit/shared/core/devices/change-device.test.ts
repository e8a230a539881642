import { beforeEach, describe, expect, test } from 'vitest';
import {
  activateDevice,
  deleteDevice,
  disableDevice,
  enableDevice,
  resetDevice,
} from '../../../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import {
  gatewayIotIdOf,
  relate,
  subDevicesOf,
} from '../../../../../shared/core/topology/relations.ts';
import type { DeviceRecord } from '../../../../../shared/model/device.ts';
import type { TableName } from '../../../../../shared/model/tables.ts';
import type { Store, Table } from '../../../../../shared/ports/table.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { accepted, registerTestDevice, type TestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let device: TestDevice;

beforeEach(async () => {
  parts = createMemoryParts();
  device = await registerTestDevice(parts);
  parts.clock.advance(1000);
});

const stored = async () => {
  const { productKey, deviceName } = device;
  return accepted(await findDevice({ productKey, deviceName }, parts.store));
};

describe('activateDevice', () => {
  test('notes the first sign-in', async () => {
    const changed = { status: 'ACTIVE', activatedAtMs: START_MS + 1000 };
    expect(await activateDevice(device, parts)).toMatchObject({ ok: true, value: changed });
    expect(await stored()).toMatchObject({ ...changed, modifiedAtMs: START_MS + 1000 });
  });

  test('leaves the first sign-in as it is at the second', async () => {
    const first = await activateDevice(device, parts);
    parts.clock.advance(1000);
    expect(await activateDevice(device, parts)).toEqual(first);
  });

  test('leaves a disabled device disabled', async () => {
    await disableDevice(device, parts);
    const value = { status: 'DISABLED', activatedAtMs: null };
    expect(await activateDevice(device, parts)).toMatchObject({ ok: true, value });
  });
});

describe('disableDevice and enableDevice', () => {
  test('disable a device, and note when', async () => {
    const value = { status: 'DISABLED', modifiedAtMs: START_MS + 1000 };
    expect(await disableDevice(device, parts)).toMatchObject({ ok: true, value });
    expect(await stored()).toMatchObject(value);
  });

  test('enable a device that has signed in to active', async () => {
    await activateDevice(device, parts);
    await disableDevice(device, parts);
    parts.clock.advance(1000);
    const value = { status: 'ACTIVE', activatedAtMs: START_MS + 1000 };
    expect(await enableDevice(device, parts)).toMatchObject({ ok: true, value });
  });

  test('enable a device that has never signed in to unactive', async () => {
    await disableDevice(device, parts);
    expect(await enableDevice(device, parts)).toMatchObject({ value: { status: 'UNACTIVE' } });
  });

  test('change nothing of a device that is enabled already', async () => {
    const before = await stored();
    expect(await enableDevice(device, parts)).toEqual({ ok: true, value: before });
  });

  test('change nothing of a device that is disabled already', async () => {
    const first = await disableDevice(device, parts);
    parts.clock.advance(1000);
    expect(await disableDevice(device, parts)).toEqual(first);
  });

  test('note that the bus has yet to be told', async () => {
    expect(await disableDevice(device, parts)).toMatchObject({ value: { untold: 'disable' } });
    expect(await enableDevice(device, parts)).toMatchObject({ value: { untold: 'enable' } });
  });

  test('find the device by its iotId', async () => {
    await disableDevice({ iotId: device.iotId }, parts);
    expect(await stored()).toMatchObject({ status: 'DISABLED' });
  });

  test('keep the generation: the tokens of an enabled device are good again', async () => {
    const { generation } = await stored();
    await disableDevice(device, parts);
    await enableDevice(device, parts);
    expect(await stored()).toMatchObject({ generation });
  });
});

describe('resetDevice', () => {
  test('forgets the first sign-in, voids the tokens and keeps the secret', async () => {
    await activateDevice(device, parts);
    const before = await stored();
    parts.clock.advance(1000);
    const after = accepted(await resetDevice(device, parts));
    expect(after).toEqual({
      ...before,
      status: 'UNACTIVE',
      activatedAtMs: null,
      modifiedAtMs: START_MS + 2000,
      generation: expect.any(Number),
    });
    expect(after.generation).not.toBe(before.generation);
    expect(await stored()).toEqual(after);
  });

  test('leaves a disabled device disabled, to be unactive once it is enabled', async () => {
    await activateDevice(device, parts);
    await disableDevice(device, parts);
    const value = { status: 'DISABLED', activatedAtMs: null };
    expect(await resetDevice({ iotId: device.iotId }, parts)).toMatchObject({ ok: true, value });
    expect(await enableDevice(device, parts)).toMatchObject({ value: { status: 'UNACTIVE' } });
  });

  test('lets the next sign-in count as the first', async () => {
    await activateDevice(device, parts);
    await resetDevice(device, parts);
    parts.clock.advance(5000);
    await activateDevice(device, parts);
    expect(await stored()).toMatchObject({ status: 'ACTIVE', activatedAtMs: START_MS + 6000 });
  });
});

const KEPT = [
  'presence',
  'shadows',
  'desired_properties',
  'tags',
  'mqtt_connections',
  'log_configs',
  'firmware',
];

async function keepSomething(iotId: string, store: Store): Promise<void> {
  const key = { partition: iotId };
  const presence = { changedAtMs: 1, onlineAtMs: 1, clientIp: '', messageId: '1' };
  await store.table('presence').insert(key, { status: 'online', ...presence });
  const sections = { reported: {}, desired: {}, reportedMetadata: {}, desiredMetadata: {} };
  await store.table('shadows').insert(key, { ...sections, timestampSeconds: 1, version: 1 });
  await store.table('desired_properties').insert(key, { properties: {} });
  await store.table('tags').insert(key, { tags: {} });
  await store.table('mqtt_connections').insert(key, { clientId: 'c', connectedAtMs: 1 });
  await store.table('log_configs').insert(key, { mode: 1 });
  await store.table('firmware').insert(key, { modules: [] });
  const client = { tokenDigest: 'd', createdAtMs: 1 };
  for (const sort of ['c1', 'c2']) {
    await store.table('dynamic_clients').insert({ partition: iotId, sort }, client);
  }
}

/** Tables with a record of the device, and its client ids. */
async function keptOf(iotId: string, store: Store): Promise<string[]> {
  const kept: string[] = [];
  for (const name of KEPT) {
    if (await store.table(name as TableName).read({ partition: iotId })) kept.push(name);
  }
  const clients = await store.table('dynamic_clients').list(iotId, { limit: 10 });
  return [...kept, ...clients.records.map(({ sort }) => sort)];
}

describe('deleteDevice', () => {
  test('removes the device, its indexes and its state', async () => {
    const { iotId, productKey, deviceName } = device;
    const state = { properties: {}, lastMessageAtMs: START_MS };
    await parts.store.table('thing_state').insert({ partition: iotId }, state);
    expect(await deleteDevice(device, parts)).toMatchObject({ ok: true, value: { deviceName } });
    const unknown = { ok: false, failure: { kind: 'unknown-device', productKey, deviceName } };
    expect(await findDevice({ productKey, deviceName }, parts.store)).toEqual(unknown);
    expect(await parts.store.table('device_ids').read({ partition: iotId })).toBeUndefined();
    expect(await parts.store.table('thing_state').read({ partition: iotId })).toBeUndefined();
    expect(await countDevicesOf(productKey, parts.store)).toBe(0);
  });

  test('removes all that is kept of it, and nothing of another', async () => {
    const { store } = parts;
    const other = await registerTestDevice(parts, {
      productKey: device.productKey,
      deviceName: 'dev_002',
    });
    for (const { iotId } of [device, other]) await keepSomething(iotId, store);
    await deleteDevice(device, parts);
    expect(await keptOf(device.iotId, store)).toEqual([]);
    expect(await keptOf(other.iotId, store)).toEqual([...KEPT, 'c1', 'c2']);
  });

  test('ends its relations, as a sub-device and as a gateway', async () => {
    const { store } = parts;
    const { iotId, productKey } = device;
    const other = await registerTestDevice(parts, { productKey, deviceName: 'dev_002' });
    await relate('gateway', device, parts);
    await relate(iotId, other, parts);
    await deleteDevice(device, parts);
    expect(await subDevicesOf('gateway', store)).toEqual([]);
    expect(await subDevicesOf(iotId, store)).toEqual([]);
    expect(await gatewayIotIdOf(other.iotId, store)).toBeUndefined();
  });

  test('counts a device that two calls delete once', async () => {
    const { productKey } = device;
    await registerTestDevice(parts, { productKey, deviceName: 'dev_002' });
    const calls = [deleteDevice(device, parts), deleteDevice(device, parts)];
    expect((await Promise.all(calls)).map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await countDevicesOf(productKey, parts.store)).toBe(1);
  });

  test('leaves the name free for a device with another iotId and another generation', async () => {
    const before = await stored();
    await deleteDevice(device, parts);
    const { productKey, deviceName } = device;
    const again = await registerTestDevice(parts, { productKey, deviceName });
    expect(again.iotId).not.toBe(device.iotId);
    expect(again.deviceSecret).not.toBe(device.deviceSecret);
    expect((await stored()).generation).not.toBe(before.generation);
  });
});

const changes = { activateDevice, disableDevice, enableDevice, resetDevice, deleteDevice };
for (const [name, change] of Object.entries(changes)) {
  test(`${name} refuses a device that there is not`, async () => {
    const unknown = { productKey: device.productKey, deviceName: 'dev_404' };
    const failure = { kind: 'unknown-device', ...unknown };
    expect(await change(unknown, parts)).toEqual({ ok: false, failure });
  });

  test(`${name} refuses an iotId that there is not`, async () => {
    const failure = { kind: 'unknown-device', productKey: '', deviceName: '' };
    expect(await change({ iotId: 'nobody' }, parts)).toEqual({ ok: false, failure });
  });

  test(`${name} leaves a device alone that is made under the name while it looks`, async () => {
    const { iotId, productKey, deviceName } = device;
    let again: TestDevice | undefined;
    const store = storeWithPause(parts.store, async () => {
      await deleteDevice({ productKey, deviceName }, parts);
      again = await registerTestDevice(parts, { productKey, deviceName });
      parts.clock.advance(1);
    });
    const failure = { kind: 'unknown-device', productKey, deviceName };
    expect(await change({ iotId }, { ...parts, store })).toEqual({ ok: false, failure });
    const left = await stored();
    expect(left.iotId).toBe(again?.iotId);
    expect(left).toMatchObject({ status: 'UNACTIVE', modifiedAtMs: left.createdAtMs });
    expect(await countDevicesOf(productKey, parts.store)).toBe(1);
  });
}

/** The same store, but `meanwhile` happens right behind the first read of a device. */
function storeWithPause(store: Store, meanwhile: () => Promise<void>): Store {
  let paused = false;
  const devices = store.table('devices');
  const read: typeof devices.read = async (key) => {
    const found = await devices.read(key);
    if (!paused) {
      paused = true;
      await meanwhile();
    }
    return found;
  };
  return withDevices(store, { ...devices, read });
}

function withDevices(store: Store, devices: Table<DeviceRecord>): Store {
  const table = (name: TableName) => (name === 'devices' ? devices : store.table(name));
  // One table stands in for the one of its name: more than a signature by name can tell.
  return { ...store, table: table as Store['table'] };
}
