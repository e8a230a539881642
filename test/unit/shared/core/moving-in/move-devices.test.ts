import { beforeEach, expect, test } from 'vitest';
import { activateDevice } from '../../../../../shared/core/devices/change-device.ts';
import { openDeviceSecret } from '../../../../../shared/core/devices/device-secret.ts';
import { findDevice } from '../../../../../shared/core/devices/find-device.ts';
import { addDevices } from '../../../../../shared/core/devices/register-device.ts';
import { countDevicesOf } from '../../../../../shared/core/products/products.ts';
import { accountDevice } from '../../../../support/scripted-account.ts';
import { accepted, registerTestDevice } from '../../../../support/test-device.ts';
import { openTestMove, type TestMove } from '../../../../support/test-move.ts';

let parts: TestMove['parts'];
let script: TestMove['script'];
let productKey: TestMove['productKey'];
let moveAll: TestMove['moveAll'];
let device: TestMove['device'];

beforeEach(() => {
  ({ parts, script, productKey, moveAll, device } = openTestMove());
});

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

test('a device that got another iotId is found by it, keeps what it said and its connection, and counts once', async () => {
  script.pages.push([accountDevice('tank-1')]);
  await moveAll();
  const state = {
    properties: { level: { value: 4, time: 9, messageId: '5', arrivedAtMs: 9 } },
    lastMessageAtMs: 9,
  };
  const states = parts.store.table('thing_state');
  await states.insert({ partition: 'iotId-of-tank-1' }, state);
  const connection = { clientId: 'c', connectedAtMs: 9 };
  const connections = parts.store.table('mqtt_connections');
  await connections.insert({ partition: 'iotId-of-tank-1' }, connection);
  script.pages[0] = [accountDevice('tank-1', { IotId: 'anotherIotId' })];
  await moveAll();
  expect(accepted(await findDevice({ iotId: 'anotherIotId' }, parts.store)).deviceName).toBe(
    'tank-1',
  );
  expect((await findDevice({ iotId: 'iotId-of-tank-1' }, parts.store)).ok).toBe(false);
  expect((await states.read({ partition: 'anotherIotId' }))?.value).toEqual(state);
  expect((await connections.read({ partition: 'anotherIotId' }))?.value).toEqual(connection);
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

test('a device that lacks its index gets it, also without a checkpoint', async () => {
  script.pages.push([accountDevice('tank-1')]);
  await moveAll();
  await parts.store.table('device_ids').remove({ partition: 'iotId-of-tank-1' });
  await moveAll();
  expect((await findDevice({ iotId: 'iotId-of-tank-1' }, parts.store)).ok).toBe(true);
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
