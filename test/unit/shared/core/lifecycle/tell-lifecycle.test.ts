import { beforeEach, describe, expect, test } from 'vitest';
import { disableDevice } from '../../../../../shared/core/devices/change-device.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { registerDevice } from '../../../../../shared/core/devices/register-device.ts';
import { tellDeleted, tellLifecycle } from '../../../../../shared/core/lifecycle/tell-lifecycle.ts';
import type { DeviceRecord } from '../../../../../shared/model/device.ts';
import { drainBus, jsonBodyOf } from '../../../../support/drain-bus.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { START_MS } from '../../../../support/test-clock.ts';
import { accepted, createTestProduct } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let productKey: string;

beforeEach(async () => {
  parts = createMemoryParts();
  productKey = (await createTestProduct(parts)).productKey;
});

const register = async (deviceName = 'dev_001') => {
  const wanted = { productKey, deviceName, untold: 'create' as const };
  return accepted(await registerDevice(wanted, parts)).device;
};
const stored = async (deviceName = 'dev_001') =>
  accepted(await findDevice({ productKey, deviceName }, parts.store));
const told = () => drainBus(parts.bus);

describe('a device whose record notes a change', () => {
  test('is told of as the platform does, with its secret as the record has it', async () => {
    const device = await register();
    await tellLifecycle(device, 'api', parts);
    const messages = await told();
    expect(messages).toMatchObject([
      {
        kind: 'lifecycle',
        topic: `/${productKey}/dev_001/thing/lifecycle`,
        productKey,
        deviceName: 'dev_001',
        iotId: device.iotId,
        generateTimeMs: START_MS,
        transport: 'api',
      },
    ]);
    expect(messages.map(jsonBodyOf)).toEqual([
      {
        action: 'create',
        iotId: device.iotId,
        productKey,
        deviceName: 'dev_001',
        deviceSecret: device.sealedSecret,
        messageCreateTime: START_MS,
      },
    ]);
  });

  test('is told of once: the note goes', async () => {
    await tellLifecycle(await register(), 'mqtt', parts);
    await tellLifecycle(await stored(), 'mqtt', parts);
    expect(await stored()).not.toHaveProperty('untold');
    expect(await told()).toHaveLength(1);
  });

  test('is told of later where the bus fails', async () => {
    const failing = { publish: () => Promise.reject(new Error('no bus')) };
    const device = await register();
    await expect(tellLifecycle(device, 'api', { ...parts, bus: failing })).rejects.toThrow(
      'no bus',
    );
    expect(await stored()).toMatchObject({ untold: 'create' });
    await tellLifecycle(await stored(), 'api', parts);
    expect(await told()).toHaveLength(1);
  });

  test('keeps the note of a change that came meanwhile', async () => {
    const device = await register();
    await disableDevice(device, parts);
    await tellLifecycle(device, 'api', parts);
    expect(await stored()).toMatchObject({ status: 'DISABLED', untold: 'disable' });
  });

  test('leaves another device of its name alone', async () => {
    const device = await register();
    const other: DeviceRecord = { ...device, iotId: 'another', untold: 'create' };
    const key = { partition: productKey, sort: 'dev_001' };
    const { version } = { version: 0, ...(await parts.store.table('devices').read(key)) };
    await parts.store.table('devices').replace(key, other, version);
    await tellLifecycle(device, 'api', parts);
    expect(await stored()).toMatchObject({ iotId: 'another', untold: 'create' });
  });
});

test('a device without a note is not told of', async () => {
  const device = accepted(await registerDevice({ productKey }, parts)).device;
  await tellLifecycle(device, 'api', parts);
  expect(await told()).toEqual([]);
});

test('a device that was deleted is told of without its secret', async () => {
  const { iotId, ...device } = await register();
  await tellDeleted({ iotId, ...device }, 'api', parts);
  expect((await told()).map(jsonBodyOf)).toEqual([
    { action: 'delete', iotId, productKey, deviceName: 'dev_001', messageCreateTime: START_MS },
  ]);
});
