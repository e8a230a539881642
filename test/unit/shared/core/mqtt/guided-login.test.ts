import { beforeEach, describe, expect, test } from 'vitest';
import {
  deleteDevice,
  disableDevice,
  resetDevice,
} from '../../../../../shared/core/devices/change-device.ts';
import { connackCodeOf } from '../../../../../shared/core/mqtt/connection.ts';
import { issueGuidedToken } from '../../../../../shared/core/token/guided-token.ts';
import { issueToken } from '../../../../../shared/core/token/token.ts';
import { type MqttSignIn, openMqttSignIn, refusalOf } from '../../../../support/mqtt-sign-in.ts';
import { accepted, registerTestDevice } from '../../../../support/test-device.ts';

let suite: MqttSignIn;
let iotToken: string;

beforeEach(async () => {
  suite = await openMqttSignIn();
  const { iotId = '', generation = 0 } = (await suite.stored()) ?? {};
  const expiresAtMs = suite.parts.nowMs() + 10_000;
  iotToken = issueGuidedToken({ iotId, generation, expiresAtMs }, suite.parts.tokenKeys);
});

const connect = (changes: { username?: string; password?: string } = {}) =>
  suite.connect({
    clientId: 'c|securemode=-1,ext=1|',
    username: suite.device.iotId,
    password: iotToken,
    ...changes,
  });

test('iotId and iotToken let the device in, and activate it', async () => {
  expect(accepted(await connect())).toMatchObject({
    kind: 'device',
    device: { deviceName: 'dev_001', status: 'ACTIVE' },
    extensions: { customRrpc: true },
  });
  expect(await suite.stored()).toMatchObject({ status: 'ACTIVE' });
});

describe('refused with code 4 is', () => {
  test('an expired token', async () => {
    suite.parts.clock.advance(10_000);
    const failure = refusalOf(await connect());
    expect(failure).toEqual({ kind: 'token-retired', reason: 'expired' });
    expect(connackCodeOf(failure)).toBe(4);
  });

  test('the token of another device', async () => {
    const { productKey } = suite;
    const other = await registerTestDevice(suite.parts, { productKey, deviceName: 'dev_002' });
    expect(refusalOf(await connect({ username: other.iotId })).kind).toBe('token-forged');
  });

  test('no token, and one for HTTP', async () => {
    expect(refusalOf(await connect({ password: '' })).kind).toBe('token-absent');
    const { productKey, deviceName } = suite.device;
    const claims = { productKey, deviceName, generation: 1, expiresAtMs: 2 ** 40 };
    const password = issueToken(claims, suite.parts.tokenKeys);
    expect(refusalOf(await connect({ password })).kind).toBe('token-malformed');
  });

  test('a token from before a reset, and of a device that was deleted', async () => {
    accepted(await resetDevice(suite.device, suite.parts));
    expect(refusalOf(await connect())).toEqual({
      kind: 'token-retired',
      reason: 'other-generation',
    });
    accepted(await deleteDevice(suite.device, suite.parts));
    expect(refusalOf(await connect()).kind).toBe('unknown-device');
  });
});

test('a disabled device is refused with code 5', async () => {
  accepted(await disableDevice(suite.device, suite.parts));
  expect(connackCodeOf(refusalOf(await connect()))).toBe(5);
});
