import { describe, expect, test } from 'vitest';
import {
  findApplication,
  findAppliedDevices,
} from '../../../../../shared/core/applications/applications.ts';
import {
  checkDeviceNames,
  type WantedName,
} from '../../../../../shared/core/applications/check-device-names.ts';
import {
  registerCheckedDevices,
  registerRandomDevices,
  settleApplication,
} from '../../../../../shared/core/applications/register-application.ts';
import { deleteDevice } from '../../../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../../../../shared/core/devices/register-device.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { walkPartition } from '../../../../../shared/core/records/walk-partition.ts';
import type { Store } from '../../../../../shared/ports/table.ts';
import { failInserts, interceptStore } from '../../../../support/intercepted-store.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

async function openRegistry() {
  const registry = createMemoryParts();
  const { productKey } = await createTestProduct(registry);
  return { registry, productKey };
}

function named(count: number): WantedName[] {
  return Array.from({ length: count }, (_, at) => ({ deviceName: `dev_${at}`, nickname: '' }));
}

async function deviceNamesOf(productKey: string, store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const { sort } of walkPartition(store.table('devices'), productKey)) names.push(sort);
  return names;
}

async function checked(count: number) {
  const { registry, productKey } = await openRegistry();
  const { applyId } = accepted(await checkDeviceNames(productKey, named(count), registry));
  return { registry, productKey, reference: { applyId, productKey } };
}

describe('registerCheckedDevices', () => {
  test('registers every name with its nickname, under one application', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = [
      { deviceName: 'dev_1', nickname: 'Cellar' },
      { deviceName: 'dev_2', nickname: '' },
    ];
    const { applyId } = accepted(await checkDeviceNames(productKey, wanted, registry));
    expect(await deviceNamesOf(productKey, registry.store)).toEqual([]);
    expect(await registerCheckedDevices({ applyId, productKey }, registry)).toMatchObject({
      ok: true,
    });
    const application = accepted(await settleApplication({ applyId }, registry));
    expect(application).toMatchObject({ status: 'registered', devices: wanted });
    const found = await findAppliedDevices(productKey, application.devices, registry.store);
    expect(found).toMatchObject(wanted);
    expect(await countDevicesOf(productKey, registry.store)).toBe(2);
  });

  test('registers once, however often and however much at once it is called', async () => {
    const { registry, productKey, reference } = await checked(250);
    const calls = Array.from({ length: 5 }, () => registerCheckedDevices(reference, registry));
    for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ ok: true });
    expect(await registerCheckedDevices(reference, registry)).toMatchObject({ ok: true });
    const application = accepted(await settleApplication(reference, registry));
    expect(application).toMatchObject({ status: 'registered', invalidDeviceNames: [] });
    expect(application.devices).toHaveLength(250);
    expect(await countDevicesOf(productKey, registry.store)).toBe(250);
  });

  test('names what was taken between check and registration, and registers the others', async () => {
    const { registry, productKey, reference } = await checked(3);
    const other = accepted(await registerDevice({ productKey, deviceName: 'dev_1' }, registry));
    expect(await registerCheckedDevices(reference, registry)).toMatchObject({ ok: true });
    expect(accepted(await settleApplication(reference, registry))).toMatchObject({
      status: 'failed',
      devices: [{ deviceName: 'dev_0' }, { deviceName: 'dev_2' }],
      invalidDeviceNames: ['dev_1'],
    });
    const kept = await findDevice({ productKey, deviceName: 'dev_1' }, registry.store);
    expect(kept).toEqual({ ok: true, value: other.device });
  });

  test('refuses an application with invalid names and registers none of it', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = [...named(1), { deviceName: 'no', nickname: '' }];
    const { applyId } = accepted(await checkDeviceNames(productKey, wanted, registry));
    const failure = {
      kind: 'application-refused',
      applyId: String(applyId),
      reason: 'some of its names are invalid',
    };
    const outcome = await registerCheckedDevices({ applyId, productKey }, registry);
    expect(outcome).toEqual({ ok: false, failure });
    expect(await deviceNamesOf(productKey, registry.store)).toEqual([]);
  });

  test('refuses an application of another product', async () => {
    const { registry, reference } = await checked(1);
    const other = await createTestProduct(registry);
    const failure = { kind: 'unknown-application', applyId: String(reference.applyId) };
    const wrong = { ...reference, productKey: other.productKey };
    expect(await registerCheckedDevices(wrong, registry)).toEqual({ ok: false, failure });
    const { value } = accepted(await findApplication(reference, registry.store));
    expect(value.status).toBe('checked');
  });

  test('leaves a registered device that was deleted since deleted', async () => {
    const { registry, productKey, reference } = await checked(2);
    await registerCheckedDevices(reference, registry);
    await deleteDevice({ productKey, deviceName: 'dev_0' }, registry);
    await registerCheckedDevices(reference, registry);
    expect(await deviceNamesOf(productKey, registry.store)).toEqual(['dev_1']);
  });
});

describe('an application', () => {
  test('is forgotten after 7 days, also when it has changed meanwhile', async () => {
    const { registry, reference } = await checked(1);
    await registerCheckedDevices(reference, registry);
    registry.clock.advance(7 * 24 * 60 * 60 * 1000 - 1);
    expect(await settleApplication(reference, registry)).toMatchObject({ ok: true });
    registry.clock.advance(1);
    expect(await settleApplication(reference, registry)).toMatchObject({
      failure: { kind: 'unknown-application' },
    });
  });

  test('gets another id where its first one is taken', async () => {
    const { registry, productKey } = await openRegistry();
    const ids = [1, 1, 2].map((last) => Buffer.from([0, 0, 0, 0, 0, last]));
    const randomBytes = (size: number) => (size === 6 && ids.shift()) || registry.randomBytes(size);
    for (const applyId of [1, 2]) {
      const parts = { ...registry, randomBytes };
      const outcome = accepted(await checkDeviceNames(productKey, named(0), parts));
      expect(outcome.applyId).toBe(applyId);
    }
  });
});

/** In the first group, at its edges and in the second. */
const crashes = [
  ...(['devices', 'device_ids'] as const).flatMap((table) =>
    [1, 2, 100, 101, 131].map((insert) => ({ table, insert })),
  ),
  { table: 'product_counts', insert: 1 } as const,
];

describe('a registration that is cut short', () => {
  async function crashed({ table, insert }: (typeof crashes)[number]) {
    const { registry, productKey, reference } = await checked(250);
    const store = failInserts(registry.store, table, insert - 1);
    const outcome = registerCheckedDevices(reference, { ...registry, store });
    await expect(outcome).rejects.toThrow('gone');
    return { registry, productKey, reference };
  }

  test.each(crashes)(
    'at insert $insert into $table is finished by the next look',
    async (crash) => {
      const { registry, productKey, reference } = await crashed(crash);
      const application = accepted(await settleApplication(reference, registry));
      expect(application).toMatchObject({ status: 'registered', invalidDeviceNames: [] });
      expect(application.devices.map(({ deviceName }) => deviceName)).toEqual(
        named(250).map(({ deviceName }) => deviceName),
      );
      expect(await deviceNamesOf(productKey, registry.store)).toHaveLength(250);
      for (const { iotId, deviceName } of application.devices) {
        const found = await findDevice({ iotId }, registry.store);
        expect(found).toMatchObject({ ok: true, value: { deviceName } });
      }
    },
  );

  test('is finished by calling it again, and by calls at once', async () => {
    const { registry, productKey, reference } = await crashed({ table: 'devices', insert: 131 });
    const calls = Array.from({ length: 3 }, () => registerCheckedDevices(reference, registry));
    for (const outcome of await Promise.all(calls)) expect(outcome).toMatchObject({ ok: true });
    expect(await deviceNamesOf(productKey, registry.store)).toHaveLength(250);
  });

  test('does not take over a device that somebody else made under one of its names', async () => {
    const { registry, productKey, reference } = await crashed({ table: 'devices', insert: 131 });
    accepted(await registerDevice({ productKey, deviceName: 'dev_249' }, registry));
    const application = accepted(await settleApplication(reference, registry));
    expect(application).toMatchObject({ status: 'failed', invalidDeviceNames: ['dev_249'] });
    expect(application.devices).toHaveLength(249);
  });
});

describe('registerRandomDevices', () => {
  test('stores the names before it registers any of them', async () => {
    const { registry, productKey } = await openRegistry();
    const applied: string[] = [];
    const watched = interceptStore(registry.store, ({ verb, table, key }) => {
      if (verb === 'insert' && table === 'applications') applied.push(key.partition);
    });
    const dying = { ...registry, store: failInserts(watched, 'devices', 7) };
    const outcome = registerRandomDevices({ productKey, count: 20 }, dying);
    await expect(outcome).rejects.toThrow('gone');
    const begun = await deviceNamesOf(productKey, registry.store);
    expect(begun).toHaveLength(7);
    const reference = { applyId: Number(applied[0]) };
    const application = accepted(await settleApplication(reference, registry));
    const names = application.devices.map(({ deviceName }) => deviceName);
    expect(names).toHaveLength(20);
    expect(names).toEqual(expect.arrayContaining(begun));
  });

  test('refuses an unknown product before it stores anything', async () => {
    const { registry } = await openRegistry();
    const inserted: string[] = [];
    const store = interceptStore(registry.store, ({ verb, table }) => {
      if (verb === 'insert') inserted.push(table);
    });
    const wanted = { productKey: 'a1Nowhere00', count: 2 };
    expect(await registerRandomDevices(wanted, { ...registry, store })).toEqual({
      ok: false,
      failure: { kind: 'unknown-product', productKey: 'a1Nowhere00' },
    });
    expect(inserted).toEqual([]);
  });
});
