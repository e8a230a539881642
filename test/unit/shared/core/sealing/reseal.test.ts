import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../../../shared/adapters/memory/memory-store.ts';
import {
  createAccessKey,
  findAccessKeySecret,
} from '../../../../../shared/core/access-keys/access-keys.ts';
import { disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../../../../shared/core/devices/register-device.ts';
import type { Registry } from '../../../../../shared/core/devices/registry.ts';
import { createKeyRing } from '../../../../../shared/core/keys/key-ring.ts';
import {
  createProduct,
  findProduct,
  openProductSecret,
} from '../../../../../shared/core/products/products.ts';
import { type ResealCount, resealSecrets } from '../../../../../shared/core/sealing/reseal.ts';
import { createSealing, SealError } from '../../../../../shared/core/sealing/sealing.ts';
import type { Result } from '../../../../../shared/model/failure.ts';

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const nowMs = () => 1_700_000_000_000;
const onlyOld = createSealing(createKeyRing([OLD]), randomBytes);
const both = createSealing(createKeyRing([NEW, OLD]), randomBytes);
const onlyNew = createSealing(createKeyRing([NEW]), randomBytes);

const PRODUCT = {
  productName: 'Test product',
  nodeType: 0,
  dataFormat: 1,
  validation: 'weak',
  authType: 'secret',
  netType: 'WIFI',
  aliyunCommodityCode: 'iothub_senior',
  description: '',
} as const;

let registry: Registry;
let made: Awaited<ReturnType<typeof fill>>;

beforeEach(async () => {
  registry = { store: createMemoryStore({ nowMs }), sealing: onlyOld, nowMs, randomBytes };
  made = await fill(300);
});

describe('sealing every secret anew', () => {
  test('lets the new key alone open all that the old one sealed', async () => {
    const { store } = registry;
    const count = await reseal();
    expect(count).toEqual({ sealed: 302, current: 0 });

    const { accessKey, productKey, productSecret, devices } = made;
    const parts = { store, sealing: onlyNew };
    expect(await findAccessKeySecret(accessKey.accessKeyId, parts)).toBe(accessKey.accessKeySecret);
    const product = granted(await findProduct(productKey, store));
    expect(openProductSecret(product, onlyNew)).toBe(productSecret);
    for (const { deviceName, deviceSecret } of devices) {
      const device = granted(await findDevice({ productKey, deviceName }, store));
      expect(openDeviceSecret(device, onlyNew)).toBe(deviceSecret);
    }
  });

  test('changes nothing but the sealed secret', async () => {
    const reference = { productKey: made.productKey, deviceName: 'device-7' };
    const before = granted(await findDevice(reference, registry.store));
    await reseal();
    const after = granted(await findDevice(reference, registry.store));
    expect(after.sealedSecret).not.toBe(before.sealedSecret);
    expect({ ...after, sealedSecret: '' }).toEqual({ ...before, sealedSecret: '' });
  });

  test('goes on where an earlier run ended', async () => {
    await reseal();
    await registerDevice({ productKey: made.productKey, deviceName: 'late' }, registry);
    expect(await reseal()).toEqual({ sealed: 1, current: 302 });
    expect(await reseal()).toEqual({ sealed: 0, current: 303 });
  });

  test('loses no change that is made to a device meanwhile', async () => {
    const { store } = registry;
    const references = made.devices.map(({ deviceName }) => ({
      productKey: made.productKey,
      deviceName,
    }));
    const parts = { store, nowMs };
    await Promise.all([
      reseal(),
      ...references.map((reference) => disableDevice(reference, parts)),
    ]);
    for (const reference of references) {
      const device = granted(await findDevice(reference, store));
      expect(device.status).toBe('DISABLED');
      expect(onlyNew.isCurrent(device.sealedSecret)).toBe(true);
    }
  });

  test('reports how far it is', async () => {
    const counts: ResealCount[] = [];
    await reseal((count) => counts.push(count));
    expect(counts.map(({ sealed }) => sealed)).toEqual([1, 2, 258, 302]);
  });

  test('ends at a secret that no key opens, and names it', async () => {
    const { store } = registry;
    const done = resealSecrets({ store, sealing: onlyNew, onProgress: () => undefined });
    await expect(done).rejects.toThrow(SealError);
    await expect(done).rejects.toThrow(`access-key/${made.accessKey.accessKeyId} is sealed with`);
  });
});

async function reseal(onProgress: (count: ResealCount) => void = () => undefined) {
  return resealSecrets({ store: registry.store, sealing: both, onProgress });
}

async function fill(count: number) {
  const accessKey = await createAccessKey(registry);
  const { product, productSecret } = granted(await createProduct(PRODUCT, registry));
  const { productKey } = product;
  const devices: { deviceName: string; deviceSecret: string }[] = [];
  for (let index = 0; index < count; index += 1) {
    const deviceName = `device-${index}`;
    const registered = granted(await registerDevice({ productKey, deviceName }, registry));
    devices.push({ deviceName, deviceSecret: registered.deviceSecret });
  }
  return { accessKey, productKey, productSecret, devices };
}

function granted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}
