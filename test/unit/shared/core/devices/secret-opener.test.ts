import { beforeEach, expect, test } from 'vitest';
import { sealDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { createSecretOpener } from '../../../../../shared/core/devices/secret-opener.ts';
import { SealError, type Sealing } from '../../../../../shared/core/sealing/sealing.ts';
import type { DeviceRecord } from '../../../../../shared/model/device.ts';
import { createMemoryParts, type MemoryParts } from '../../../../support/memory-parts.ts';
import { accepted, registerTestDevice, type TestDevice } from '../../../../support/test-device.ts';

let parts: MemoryParts;
let device: TestDevice;
let record: DeviceRecord;
let opened: number;
let sealing: Sealing;

beforeEach(async () => {
  parts = createMemoryParts();
  device = await registerTestDevice(parts);
  record = accepted(await findDevice(device, parts.store));
  opened = 0;
  sealing = {
    ...parts.sealing,
    open: (...sealed) => {
      opened += 1;
      return parts.sealing.open(...sealed);
    },
  };
});

test('a secret is opened once', () => {
  const open = createSecretOpener(sealing);
  expect([open(record), open({ ...record, status: 'DISABLED' })]).toEqual([
    device.deviceSecret,
    device.deviceSecret,
  ]);
  expect(opened).toBe(1);
});

test('a new secret takes the place of the old one', () => {
  const open = createSecretOpener(sealing);
  open(record);
  const sealedSecret = sealDeviceSecret('another', record, parts.sealing);
  expect(open({ ...record, sealedSecret })).toBe('another');
});

test('the sealed secret of one device does not open for another', () => {
  const open = createSecretOpener(sealing);
  open(record);
  expect(() => open({ ...record, deviceName: 'thief' })).toThrow(SealError);
});

test('of too many, the oldest is opened again', () => {
  const open = createSecretOpener(sealing, 2);
  const records = ['a', 'b', 'c'].map((deviceName) => {
    const sealedSecret = sealDeviceSecret(deviceName, { ...record, deviceName }, parts.sealing);
    return { ...record, deviceName, sealedSecret };
  });
  for (const one of records) open(one);
  const [oldest, , newest] = records;
  expect(newest && open(newest)).toBe('c');
  expect(opened).toBe(3);
  expect(oldest && open(oldest)).toBe('a');
  expect(opened).toBe(4);
});
