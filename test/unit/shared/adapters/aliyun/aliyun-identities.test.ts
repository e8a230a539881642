import { describe, expect, test } from 'vitest';
import { createAliyunIdentities } from '../../../../../shared/adapters/aliyun/aliyun-identities.ts';
import type { PopParameters } from '../../../../../shared/adapters/aliyun/pop-core.ts';
import { type Failure, ok, refuse } from '../../../../../shared/model/failure.ts';

const NAME = { productKey: 'a1', deviceName: 'd1' };
const DATA = { ProductKey: 'a1', DeviceName: 'd1', DeviceSecret: 'S', IotId: 'I', Nickname: 'n' };

function openIdentities(answer: object | Failure) {
  const calls: [string, PopParameters][] = [];
  const identities = createAliyunIdentities({
    call: async (action, parameters) => {
      calls.push([action, parameters]);
      return 'kind' in answer ? refuse(answer) : ok({ ...answer });
    },
  });
  return { identities, calls };
}

const refused = (code: string): Failure => ({
  kind: 'identity-source-refused',
  code,
  message: 'words',
});

test('a device is registered by name and nickname, and looked up by name', async () => {
  const { identities, calls } = openIdentities({ Data: DATA });
  const identity = { ...NAME, deviceSecret: 'S', iotId: 'I' };
  expect(await identities.register({ ...NAME, nickname: '名' })).toEqual(ok(identity));
  expect(await identities.register(NAME)).toEqual(ok(identity));
  expect(await identities.find(NAME)).toEqual(ok(identity));
  const sent = { ProductKey: 'a1', DeviceName: 'd1' };
  expect(calls).toEqual([
    ['RegisterDevice', { ...sent, Nickname: '名' }],
    ['RegisterDevice', sent],
    ['QueryDeviceDetail', sent],
  ]);
});

describe('refusals', () => {
  for (const [code, failure] of [
    ['iot.device.AlreadyExistedDeviceName', { kind: 'device-exists', ...NAME }],
    ['iot.device.NotExistedDevice', { kind: 'unknown-device', ...NAME }],
    ['iot.prod.NotExistedProduct', { kind: 'unknown-product', productKey: 'a1' }],
    [
      'iot.device.InvalidFormattedDeviceName',
      { kind: 'invalid-parameter', parameter: 'DeviceName', reason: 'words' },
    ],
    ['iot.device.DeviceCountExceeded', refused('iot.device.DeviceCountExceeded')],
  ] as const) {
    test(`${code} becomes ${failure.kind}`, async () => {
      const { identities } = openIdentities(refused(code));
      expect(await identities.register(NAME)).toEqual(refuse(failure));
      expect(await identities.find(NAME)).toEqual(refuse(failure));
    });
  }

  test('throttling stays what it is', async () => {
    const failure: Failure = { kind: 'identity-source-throttled', attempts: 5 };
    expect(await openIdentities(failure).identities.register(NAME)).toEqual(refuse(failure));
  });
});

for (const [what, reply] of [
  ['DeviceSecret', { Data: { ...DATA, DeviceSecret: '' } }],
  ['DeviceSecret', { Data: { ...DATA, DeviceSecret: null } }],
  ['IotId', { Data: { DeviceSecret: 'S' } }],
  ['IotId', {}],
] as const) {
  test(`a reply without ${what} is a fault: ${JSON.stringify(reply)}`, async () => {
    const { identities } = openIdentities(reply);
    await expect(identities.find(NAME)).rejects.toThrow(
      `the reply to QueryDeviceDetail of a1/d1 has no ${what}`,
    );
  });
}
