import { describe, expect, test } from 'vitest';
import { deleteDevice } from '../../../../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import {
  addDevices,
  registerDevice,
  registerDevices,
} from '../../../../../shared/core/devices/register-device.ts';
import { deleteProduct } from '../../../../../shared/core/products/change-product.ts';
import {
  countDevicesOf,
  PRODUCTS_PARTITION,
} from '../../../../../shared/core/products/products.ts';
import { interceptStore, type Step } from '../../../../support/intercepted-store.ts';
import { createMemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

async function openRegistry() {
  const registry = createMemoryParts();
  const { productKey } = await createTestProduct(registry);
  return { registry, productKey };
}

describe('registerDevice', () => {
  test('makes a device that has yet to sign in, with a secret of 32 hex digits', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = { productKey, deviceName: 'dev_001', nickname: 'Cellar' };
    const { device, deviceSecret } = accepted(await registerDevice(wanted, registry));
    expect(deviceSecret).toMatch(/^[0-9a-f]{32}$/);
    expect(device).toEqual({
      ...wanted,
      iotId: expect.stringMatching(/^[A-Za-z0-9]{32}$/),
      sealedSecret: expect.any(String),
      status: 'UNACTIVE',
      activatedAtMs: null,
      createdAtMs: START_MS,
      modifiedAtMs: START_MS,
      generation: expect.any(Number),
    });
  });

  test('keeps the secret sealed, for this device alone', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = { productKey, deviceName: 'dev_001' };
    const { device, deviceSecret } = accepted(await registerDevice(wanted, registry));
    expect(JSON.stringify(device)).not.toContain(deviceSecret);
    expect(openDeviceSecret(device, registry.sealing)).toBe(deviceSecret);
    const stolen = { ...device, deviceName: 'dev_002' };
    expect(() => openDeviceSecret(stolen, registry.sealing)).toThrow(/does not open/);
  });

  test('finds it by name and by iotId, and counts it', async () => {
    const { registry, productKey } = await openRegistry();
    const { device } = accepted(await registerDevice({ productKey }, registry));
    const { deviceName, iotId } = device;
    const expected = { ok: true, value: device };
    expect(await findDevice({ productKey, deviceName }, registry.store)).toEqual(expected);
    expect(await findDevice({ iotId }, registry.store)).toEqual(expected);
    expect(await countDevicesOf(productKey, registry.store)).toBe(1);
  });

  test('gives a device without a name one of 20 letters and digits', async () => {
    const { registry, productKey } = await openRegistry();
    const first = accepted(await registerDevice({ productKey }, registry)).device;
    const second = accepted(await registerDevice({ productKey }, registry)).device;
    expect(first.deviceName).toMatch(/^[A-Za-z0-9]{20}$/);
    expect(second.deviceName).not.toBe(first.deviceName);
  });

  test('refuses a name that is taken and leaves that device alone', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = { productKey, deviceName: 'dev_001' };
    const { device } = accepted(await registerDevice(wanted, registry));
    const failure = { kind: 'device-exists', ...wanted };
    expect(await registerDevice(wanted, registry)).toEqual({ ok: false, failure });
    expect(await findDevice(wanted, registry.store)).toEqual({ ok: true, value: device });
    expect(await countDevicesOf(productKey, registry.store)).toBe(1);
  });

  test('makes one device of two calls at the same time', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = { productKey, deviceName: 'dev_001' };
    const calls = [registerDevice(wanted, registry), registerDevice(wanted, registry)];
    const outcomes = (await Promise.all(calls)).map(({ ok }) => ok);
    expect(outcomes.sort()).toEqual([false, true]);
    expect(await countDevicesOf(productKey, registry.store)).toBe(1);
  });

  test('takes one name under two products', async () => {
    const { registry, productKey } = await openRegistry();
    const other = await createTestProduct(registry);
    for (const key of [productKey, other.productKey]) {
      const wanted = { productKey: key, deviceName: 'dev_001' };
      expect(await registerDevice(wanted, registry)).toMatchObject({ ok: true });
    }
  });

  test('refuses an unknown product', async () => {
    const { registry } = await openRegistry();
    const wanted = { productKey: 'a1Nowhere00', deviceName: 'dev_001' };
    const failure = { kind: 'unknown-product', productKey: 'a1Nowhere00' };
    expect(await registerDevice(wanted, registry)).toEqual({ ok: false, failure });
    expect(await findDevice(wanted, registry.store)).toMatchObject({ ok: false });
  });

  test.each(['abcd', 'd'.repeat(32), 'A-z_0@9.:'])('takes the name %s', async (deviceName) => {
    const { registry, productKey } = await openRegistry();
    expect(await registerDevice({ productKey, deviceName }, registry)).toMatchObject({ ok: true });
  });

  const badNames = [
    '',
    'abc',
    'd'.repeat(33),
    'dev 1',
    'dev/1',
    'dev&1',
    'dev|1',
    'dev,1',
    'gerät',
  ];
  test.each([...badNames, 'dev_001\n'])('refuses the name %j', async (deviceName) => {
    const { registry, productKey } = await openRegistry();
    const failure = {
      kind: 'invalid-parameter',
      parameter: 'DeviceName',
      reason: '4 to 32 letters, digits and _ - @ . :',
    };
    const outcome = await registerDevice({ productKey, deviceName }, registry);
    expect(outcome).toEqual({ ok: false, failure });
    expect(await countDevicesOf(productKey, registry.store)).toBe(0);
  });
});

describe('a nickname', () => {
  test.each(['', 'abcd', '客厅', 'x'.repeat(64), '名'.repeat(32)])(
    'may be %j',
    async (nickname) => {
      const { registry, productKey } = await openRegistry();
      const { device } = accepted(await registerDevice({ productKey, nickname }, registry));
      expect(device.nickname).toBe(nickname);
    },
  );

  test.each(['abc', '客', 'x'.repeat(65), '名'.repeat(33)])('is refused: %j', async (nickname) => {
    const { registry, productKey } = await openRegistry();
    expect(await registerDevice({ productKey, nickname }, registry)).toEqual({
      ok: false,
      failure: {
        kind: 'invalid-parameter',
        parameter: 'Nickname',
        reason: '4 to 64 characters, a Chinese or Japanese one counts as two',
      },
    });
    expect(await countDevicesOf(productKey, registry.store)).toBe(0);
  });
});

describe('registerDevices', () => {
  test('answers each device in the order asked for, and lets each stand or fall alone', async () => {
    const { registry, productKey } = await openRegistry();
    accepted(await registerDevice({ productKey, deviceName: 'taken' }, registry));
    const wanted = [
      { deviceName: 'dev_001', nickname: 'Cellar' },
      { deviceName: 'no' },
      { deviceName: 'taken' },
      {},
      { deviceName: 'dev_001' },
      { deviceName: 'dev_002', iotId: 'drawn-before' },
    ];
    const outcomes = accepted(await registerDevices(productKey, wanted, registry));
    const taken = { kind: 'device-exists', productKey };
    expect(outcomes).toMatchObject([
      { value: { device: { deviceName: 'dev_001', nickname: 'Cellar' } } },
      { failure: { kind: 'invalid-parameter', parameter: 'DeviceName' } },
      { failure: { ...taken, deviceName: 'taken' } },
      { value: { device: { deviceName: expect.stringMatching(/^[A-Za-z0-9]{20}$/) } } },
      { failure: { ...taken, deviceName: 'dev_001' } },
      { value: { device: { deviceName: 'dev_002', iotId: 'drawn-before' } } },
    ]);
    for (const outcome of outcomes.filter(({ ok }) => ok)) {
      const { device, deviceSecret } = accepted(outcome);
      const found = accepted(await findDevice({ iotId: device.iotId }, registry.store));
      expect(found).toEqual(device);
      expect(openDeviceSecret(found, registry.sealing)).toBe(deviceSecret);
    }
    expect(await countDevicesOf(productKey, registry.store)).toBe(4);
  });

  test('reads the product and counts once for all of them', async () => {
    const { registry, productKey } = await openRegistry();
    const steps: string[] = [];
    const store = interceptStore(registry.store, ({ table, verb }) => {
      steps.push(`${table} ${verb}`);
    });
    await registerDevices(productKey, Array(500).fill({}), { ...registry, store });
    const times = (step: string) => steps.filter((taken) => taken === step).length;
    expect(times('products read')).toBe(2);
    expect(times('product_counts insert')).toBe(1);
    expect(times('devices insert')).toBe(500);
    expect(await countDevicesOf(productKey, registry.store)).toBe(500);
  });

  test('makes one device a name of several calls at the same time', async () => {
    const { registry, productKey } = await openRegistry();
    const wanted = Array.from({ length: 50 }, (_, at) => ({ deviceName: `dev_${at}` }));
    const calls = Array.from({ length: 4 }, () => registerDevices(productKey, wanted, registry));
    const outcomes = (await Promise.all(calls)).flatMap((call) => accepted(call));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(50);
    expect(await countDevicesOf(productKey, registry.store)).toBe(50);
  });

  test('of none writes nothing', async () => {
    const { registry, productKey } = await openRegistry();
    const written: Step[] = [];
    const store = interceptStore(registry.store, (step) => {
      if (step.verb !== 'read') written.push(step);
    });
    expect(await registerDevices(productKey, [], { ...registry, store })).toEqual({
      ok: true,
      value: [],
    });
    expect(written).toEqual([]);
  });

  test('refuses them all when the product is deleted meanwhile, and leaves none', async () => {
    const { registry, productKey } = await openRegistry();
    let deletion: Promise<unknown> | undefined;
    const store = interceptStore(registry.store, async ({ table }) => {
      if (table !== 'devices') return;
      deletion ??= deleteProduct(productKey, registry.store).then(accepted);
      await deletion;
    });
    const wanted = [{ deviceName: 'dev_001' }, { deviceName: 'dev_002' }];
    expect(await registerDevices(productKey, wanted, { ...registry, store })).toEqual({
      ok: false,
      failure: { kind: 'unknown-product', productKey },
    });
    for (const device of wanted) {
      expect(await findDevice({ productKey, ...device }, registry.store)).toMatchObject({
        ok: false,
      });
    }
    expect(await countDevicesOf(productKey, registry.store)).toBe(0);
  });

  test('takes back and uncounts no device that somebody else has deleted with the product', async () => {
    const { registry, productKey } = await openRegistry();
    const device = { productKey, deviceName: 'dev_001' };
    let reads = 0;
    const store = interceptStore(registry.store, async ({ table, verb }) => {
      if (table === 'products' && verb === 'read') reads += 1;
      if (reads !== 2) return;
      reads += 1;
      accepted(await deleteDevice(device, registry));
      const key = { partition: PRODUCTS_PARTITION, sort: productKey };
      await registry.store.table('products').remove(key);
    });
    expect(await registerDevice(device, { ...registry, store })).toEqual({
      ok: false,
      failure: { kind: 'unknown-product', productKey },
    });
    expect(await countDevicesOf(productKey, registry.store)).toBe(0);
  });
});

describe('addDevices', () => {
  test('stores records as they are and returns those that are new', async () => {
    const { registry, productKey } = await openRegistry();
    const old = accepted(await registerDevice({ productKey, deviceName: 'dev_001' }, registry));
    const moved = {
      ...old.device,
      deviceName: 'dev_002',
      iotId: 'from-another-account',
      status: 'DISABLED',
      createdAtMs: 1,
    } as const;
    const again = { ...old.device, nickname: 'changed' };
    expect([...(await addDevices([again, moved], registry.store))]).toEqual([moved]);
    const found = await findDevice({ iotId: 'from-another-account' }, registry.store);
    expect(found).toEqual({ ok: true, value: moved });
    const kept = await findDevice({ productKey, deviceName: 'dev_001' }, registry.store);
    expect(kept).toEqual({ ok: true, value: old.device });
    expect(await countDevicesOf(productKey, registry.store)).toBe(2);
  });
});
