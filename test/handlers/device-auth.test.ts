import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/device-auth/handler.ts';
import {
  deleteDevice,
  disableDevice,
  enableDevice,
  resetDevice,
} from '../../shared/core/devices/change-device.ts';
import { sealDeviceSecret } from '../../shared/core/devices/device-secret.ts';
import { verifyToken } from '../../shared/core/token/token.ts';
import type { DeviceRecord } from '../../shared/model/device.ts';
import { openDeviceAuth, type TestAuth } from '../support/device-auth.ts';
import {
  authRequest,
  codeOf,
  type Form,
  signForm,
  signInForm,
  tokenOf,
} from '../support/device-http.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import type { MemoryParts } from '../support/memory-parts.ts';
import { START_MS } from '../support/test-clock.ts';
import { registerTestDevice, type TestDevice } from '../support/test-device.ts';

const MINUTE_MS = 60_000;

let parts: MemoryParts;
let device: TestDevice;
let signIn: TestAuth['signIn'];

beforeEach(async () => {
  ({ parts, device, signIn } = await openDeviceAuth());
});

const record = async () => (await devices().read(keyOf(device)))?.value;
const devices = () => parts.store.table('devices');
const keyOf = ({ productKey, deviceName }: TestDevice) => ({
  partition: productKey,
  sort: deviceName,
});

async function generationOf(of: TestDevice): Promise<number | undefined> {
  return (await devices().read(keyOf(of)))?.value.generation;
}

async function changeRecord(change: (record: DeviceRecord) => DeviceRecord): Promise<void> {
  const found = await devices().read(keyOf(device));
  if (!found) throw new Error('the device is gone');
  await devices().replace(keyOf(device), change(found.value), found.version);
}

describe('a sign-in', () => {
  test('is answered with a token of 7 days in a body that the C SDK can read', async () => {
    const { body, ...reply } = await signIn();
    expect(reply).toEqual({ status: 200, contentType: 'application/json', outcome: 'success' });
    expect(body).toMatch(/^\{"code":0,"message":"success","info":\{"token":"[\w-]+"\}\}$/);
    expect(Buffer.byteLength(body)).toBeLessThan(256);
    const token = JSON.parse(body).info.token;
    expect(verifyToken(token, parts.tokenKeys, START_MS)).toEqual({
      ok: true,
      value: {
        productKey: device.productKey,
        deviceName: device.deviceName,
        generation: await generationOf(device),
        expiresAtMs: START_MS + 7 * 24 * 60 * MINUTE_MS,
      },
    });
    expect(parts.log.lines).toEqual([]);
  });

  const signedForms: [string, Form][] = [
    ['no timestamp', {}],
    ['a timestamp as text', { timestamp: String(START_MS) }],
    ['a timestamp as a number', { timestamp: START_MS }],
    ['a timestamp 15 minutes old', { timestamp: String(START_MS - 15 * MINUTE_MS) }],
    ['a timestamp 15 minutes ahead', { timestamp: START_MS + 15 * MINUTE_MS }],
    ['hmacmd5', { signmethod: 'hmacmd5' }],
    ['hmacsha256', { signmethod: 'hmacsha256' }],
    ['a version', { version: 'default' }],
    ['a client id of 64 characters', { clientId: 'c'.repeat(64) }],
    ['a client id of other characters', { clientId: '温度|securemode=3|' }],
    ['extra fields, which are signed', { region: 'cn-shanghai', aaa: 1, zzz: '' }],
  ];
  test.each(signedForms)('passes with %s', async (_, changes) => {
    expect(codeOf(await signIn(signInForm(device, changes)))).toBe(0);
  });

  test('passes without a signmethod, which means hmacmd5', async () => {
    const { productKey, deviceName, deviceSecret } = device;
    const form = signForm({ productKey, deviceName, clientId: 'c01' }, deviceSecret);
    expect(codeOf(await signIn(form))).toBe(0);
  });

  test('passes with a sign in capitals', async () => {
    const form = signInForm(device);
    expect(codeOf(await signIn({ ...form, sign: String(form['sign']).toUpperCase() }))).toBe(0);
  });

  test('passes in the order of the C SDK 4', async () => {
    const signed = signInForm(device, { signmethod: 'hmacsha256' });
    const { clientId = '', deviceName = '', productKey = '', sign = '' } = signed;
    const form = { clientId, signmethod: 'hmacsha256', deviceName, productKey, sign };
    expect(codeOf(await signIn(form))).toBe(0);
  });

  test('whose sign leaves the timestamp out passes, and the log says so', async () => {
    const form = { ...signInForm(device), timestamp: START_MS };
    expect(codeOf(await signIn(form))).toBe(0);
    expect(parts.log.lines).toMatchObject([
      { level: 'info', fields: { variant: 'without-timestamp' } },
    ]);
  });

  test('notes the first one, and leaves it at the second', async () => {
    await signIn();
    expect(await record()).toMatchObject({ status: 'ACTIVE', activatedAtMs: START_MS });
    parts.clock.advance(60_000);
    expect(codeOf(await signIn())).toBe(0);
    expect(await record()).toMatchObject({ status: 'ACTIVE', activatedAtMs: START_MS });
  });
});

describe('two first sign-ins at once', () => {
  test('activate the device once, and the earlier one counts', async () => {
    let isSecondDone = false;
    const store = interceptStore(parts.store, async ({ verb }) => {
      if (verb !== 'replace' || isSecondDone) return;
      isSecondDone = true;
      expect(codeOf(await signIn())).toBe(0);
      parts.clock.advance(1000);
    });
    const early = createHandler({ ...parts, store });
    expect(codeOf(await early(authRequest(signInForm(device))))).toBe(0);
    expect(isSecondDone).toBe(true);
    expect(await record()).toMatchObject({ status: 'ACTIVE', activatedAtMs: START_MS });
  });
});

describe('a change of a device', () => {
  test('that was registered a moment ago counts at once', async () => {
    const { productKey } = device;
    const early = { ...device, deviceName: 'dev_002' };
    expect(codeOf(await signIn(signInForm(early)))).toBe(20000);
    const late = await registerTestDevice(parts, { productKey, deviceName: 'dev_002' });
    expect(codeOf(await signIn(signInForm(late)))).toBe(0);
  });

  test('that is disabled counts at once', async () => {
    await signIn();
    await disableDevice(device, parts);
    expect(codeOf(await signIn())).toBe(20000);
    const { productKey, deviceName } = device;
    const refused = { kind: 'device-disabled', productKey, deviceName };
    expect(parts.log.lines.at(-1)?.fields).toMatchObject({ refused });
  });

  test('that is enabled again counts at once', async () => {
    await signIn();
    await disableDevice(device, parts);
    expect(codeOf(await signIn())).toBe(20000);
    await enableDevice(device, parts);
    expect(codeOf(await signIn())).toBe(0);
  });

  test('that is disabled before its first sign-in counts at once', async () => {
    await disableDevice(device, parts);
    expect(codeOf(await signIn())).toBe(20000);
    expect(await record()).toMatchObject({ status: 'DISABLED', activatedAtMs: null });
  });

  test('that is deleted counts at once', async () => {
    await signIn();
    await deleteDevice(device, parts);
    expect(codeOf(await signIn())).toBe(20000);
  });

  test('that is reset counts at once: the next sign-in activates it, with a token of its new generation', async () => {
    await signIn();
    const before = await generationOf(device);
    await resetDevice(device, parts);
    expect(await record()).toMatchObject({ status: 'UNACTIVE', activatedAtMs: null });
    const verified = verifyToken(tokenOf(await signIn()), parts.tokenKeys, parts.nowMs());
    expect(await record()).toMatchObject({ status: 'ACTIVE', activatedAtMs: START_MS });
    const generation = await generationOf(device);
    expect(generation).not.toBe(before);
    expect(verified).toMatchObject({ ok: true, value: { generation } });
  });

  test('of its secret lets the new one in and the old one out at once', async () => {
    await signIn();
    const rekeyed = { ...device, deviceSecret: 'f'.repeat(32) };
    const sealedSecret = sealDeviceSecret(rekeyed.deviceSecret, device, parts.sealing);
    await changeRecord((found) => ({ ...found, sealedSecret, generation: START_MS + 2 }));
    const token = tokenOf(await signIn(signInForm(rekeyed)));
    const verified = verifyToken(token, parts.tokenKeys, parts.nowMs());
    expect(verified).toMatchObject({ ok: true, value: { generation: START_MS + 2 } });
    expect(codeOf(await signIn())).toBe(20000);
  });

  test('made again under its name gets tokens of its own generation', async () => {
    await signIn();
    await deleteDevice(device, parts);
    parts.clock.advance(1);
    const { productKey, deviceName } = device;
    const again = await registerTestDevice(parts, { productKey, deviceName });
    const verified = verifyToken(
      tokenOf(await signIn(signInForm(again))),
      parts.tokenKeys,
      parts.nowMs(),
    );
    const generation = await generationOf(again);
    expect(verified).toMatchObject({ ok: true, value: { generation } });
  });
});
