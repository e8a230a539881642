import { expect, test } from 'vitest';
import { deviceStatus } from '../../../../../shared/core/devices/device-status.ts';
import type { DeviceRecord } from '../../../../../shared/model/device.ts';

const device: DeviceRecord = {
  productKey: 'a1TestProd01',
  deviceName: 'dev_001',
  iotId: 'iot-1',
  sealedSecret: '',
  nickname: '',
  status: 'ACTIVE',
  activatedAtMs: 1,
  createdAtMs: 0,
  modifiedAtMs: 1,
  generation: 0,
};
const MINUTE_MS = 60_000;

const cases = [
  ['ONLINE', 'has just sent a message', 'ACTIVE', 0],
  [
    'ONLINE',
    'sent its last message a little less than 10 minutes ago',
    'ACTIVE',
    10 * MINUTE_MS - 1,
  ],
  ['OFFLINE', 'sent its last message 10 minutes ago', 'ACTIVE', 10 * MINUTE_MS],
  ['UNACTIVE', 'has not signed in', 'UNACTIVE', 10 * MINUTE_MS],
  ['DISABLE', 'is disabled, though it has just sent a message', 'DISABLED', 0],
] as const;
for (const [status, what, recorded, agoMs] of cases) {
  test(`the status of a device that ${what} is ${status}`, () => {
    const nowMs = 1_700_000_000_000;
    const signs = { isConnected: false, lastHttpMessageAtMs: nowMs - agoMs };
    expect(deviceStatus({ ...device, status: recorded }, signs, nowMs)).toBe(status);
  });
}

test('the status of an active device that never sent a message is OFFLINE', () => {
  const signs = { isConnected: false, lastHttpMessageAtMs: 0 };
  expect(deviceStatus(device, signs, 1_700_000_000_000)).toBe('OFFLINE');
});

test.each([
  ['ACTIVE', 'ONLINE'],
  ['UNACTIVE', 'UNACTIVE'],
  ['DISABLED', 'DISABLE'],
] as const)('the status of a connected device that is %s is %s', (recorded, status) => {
  const signs = { isConnected: true, lastHttpMessageAtMs: 0 };
  expect(deviceStatus({ status: recorded }, signs, 1_700_000_000_000)).toBe(status);
});
