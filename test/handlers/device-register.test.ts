import { beforeEach, describe, expect, test } from 'vitest';
import {
  disableDevice,
  enableDevice,
  resetDevice,
} from '../../shared/core/devices/change-device.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { watchWrites } from '../property/random-requests/watched-store.ts';
import { codeOf } from '../support/device-http.ts';
import {
  openDeviceRegister,
  type RegisterFields,
  registerForm,
  registerRequest,
  type TestRegister,
} from '../support/device-register.ts';
import { accepted, registerTestDevice } from '../support/test-device.ts';

let suite: TestRegister;

beforeEach(async () => {
  suite = await openDeviceRegister();
});

const formWith = (changes: RegisterFields) =>
  registerForm(suite.device, suite.productSecret, changes);

describe('a registration', () => {
  test('is answered with the secret, without a blank', async () => {
    const { productKey, deviceName, deviceSecret } = suite.device;
    expect(await suite.register()).toEqual({
      status: 200,
      contentType: 'application/json',
      body: `{"code":200,"data":{"productKey":"${productKey}","deviceName":"${deviceName}","deviceSecret":"${deviceSecret}"},"message":"success"}`,
      outcome: 'success',
    });
    expect(suite.parts.log.lines).toEqual([
      {
        level: 'info',
        message: 'device secret given',
        fields: {
          requestId: 'request-1',
          sourceIp: '192.0.2.1',
          device: `${productKey}/${deviceName}`,
        },
      },
    ]);
  });

  test('of the longest name fits the 256 bytes of the C SDK', async () => {
    const { productKey } = suite.device;
    const deviceName = 'd'.repeat(32);
    const longest = await registerTestDevice(suite.parts, { productKey, deviceName });
    const { body } = await suite.register(registerForm(longest, suite.productSecret));
    expect(JSON.parse(body)).toMatchObject({ code: 200, data: { deviceName } });
    expect(Buffer.byteLength(body)).toBeLessThan(256);
  });

  const forms: [string, RegisterFields][] = [
    ['the C SDK 4', { random: '1699873412' }],
    ['the Node SDK', { random: 'k3j9x0q2abc', signMethod: 'hmacsha1' }],
    ['the older manual', { random: '789', signMethod: 'Hmacmd5' }],
    ['one that writes HmacSHA256', { signMethod: 'HmacSHA256' }],
    ['one whose random needs an encoding', { random: 'a+b c&=温度%' }],
    ['one with the longest random', { random: 'r'.repeat(256) }],
  ];
  test.each(forms)('passes as %s signs it', async (_, changes) => {
    expect(codeOf(await suite.register(formWith(changes)))).toBe(200);
  });

  test('passes with signmethod in lower case and a sign in capitals', async () => {
    const { signMethod = '', sign = '', ...form } = formWith({});
    const spelt = { ...form, signmethod: signMethod, sign: sign.toUpperCase() };
    expect(codeOf(await suite.register(spelt))).toBe(200);
  });

  test('passes with a field that nobody asked for, and with a charset', async () => {
    const headers = { 'content-type': 'Application/X-WWW-Form-URLEncoded;charset=utf-8' };
    const request = registerRequest({ ...formWith({}), lan: 'C', _v: '3.0.1' }, { headers });
    expect(codeOf(await suite.handler(request))).toBe(200);
  });

  test('passes for a name with every character that a name can have, encoded or not', async () => {
    const { productKey } = suite.device;
    const deviceName = 'A-z_0@9.x:y';
    const device = await registerTestDevice(suite.parts, { productKey, deviceName });
    const form = registerForm(device, suite.productSecret);
    expect(codeOf(await suite.register(form))).toBe(200);
    const { random, sign, signMethod } = form;
    const plain = `productKey=${productKey}&deviceName=${deviceName}&random=${random}&sign=${sign}&signMethod=${signMethod}`;
    expect(codeOf(await suite.handler(registerRequest(plain)))).toBe(200);
  });

  test('gives the same secret again, for the same random too, and changes nothing', async () => {
    const first = await suite.register();
    const before = await findDevice(suite.device, suite.parts.store);
    suite.parts.clock.advance(60_000);
    expect(await suite.register()).toEqual(first);
    expect(await suite.register(formWith({ random: 'another' }))).toEqual(first);
    expect(await findDevice(suite.device, suite.parts.store)).toEqual(before);
  });
});

describe('the state of a device', () => {
  test('after its first sign-in, and at once, closes registration with 6289', async () => {
    expect(codeOf(await suite.register())).toBe(200);
    expect(codeOf(await suite.signIn())).toBe(0);
    expect((await suite.register()).body).toBe(
      '{"code":6289,"message":"device is already activated"}',
    );
  });

  test('after a reset opens registration again, with the same secret', async () => {
    const first = await suite.register();
    await suite.signIn();
    expect(codeOf(await suite.register())).toBe(6289);
    accepted(await resetDevice(suite.device, suite.parts));
    expect(await suite.register()).toEqual(first);
    suite.parts.clock.advance(10_000);
    expect(codeOf(await suite.signIn())).toBe(0);
    expect(codeOf(await suite.register())).toBe(6289);
  });

  test('while disabled refuses with 6204, and with what it was before once enabled', async () => {
    await disableDevice(suite.device, suite.parts);
    expect((await suite.register()).body).toBe('{"code":6204,"message":"device is disabled"}');
    await enableDevice(suite.device, suite.parts);
    expect(codeOf(await suite.register())).toBe(200);
    await suite.signIn();
    await disableDevice(suite.device, suite.parts);
    await enableDevice(suite.device, suite.parts);
    expect(codeOf(await suite.register())).toBe(6289);
  });
});

describe("the product's switch", () => {
  test('refuses with 6288 as soon as it is off, and serves as soon as it is on', async () => {
    await suite.switchTo(false);
    expect((await suite.register()).body).toBe(
      '{"code":6288,"message":"dynamic registration is off"}',
    );
    await suite.switchTo(true);
    expect(codeOf(await suite.register())).toBe(200);
  });

  test('is off unless it was put on', async () => {
    const device = await registerTestDevice(suite.parts);
    expect(codeOf(await suite.register(registerForm(device, 'whatever')))).toBe(6288);
  });
});

test('50 sign-ins and 50 registrations at once activate a device once, and none that follows a sign-in gets a secret', async () => {
  const writes: string[] = [];
  suite = await openDeviceRegister((store) => watchWrites(store, (write) => writes.push(write)));
  const { device, parts, register, signIn } = suite;
  const registeredAtMs = parts.nowMs();
  writes.length = 0;
  const rounds = Array.from({ length: 50 }, async (_, round) => {
    // The clock moves with every round: a second activation would show as another time.
    parts.clock.advance(1);
    const early = register(formWith({ random: `early-${round}` }));
    const signedIn = codeOf(await signIn());
    return { signedIn, early: codeOf(await early), late: codeOf(await register()) };
  });
  for (const { signedIn, early, late } of await Promise.all(rounds)) {
    expect([signedIn, late]).toEqual([0, 6289]);
    expect([200, 6289]).toContain(early);
  }
  expect(writes).toEqual([`devices ${device.productKey}`]);
  const { status, activatedAtMs } = accepted(await findDevice(device, parts.store));
  expect(status).toBe('ACTIVE');
  expect(activatedAtMs).toBeGreaterThan(registeredAtMs);
  parts.clock.advance(1000);
  await signIn();
  expect(accepted(await findDevice(device, parts.store))).toMatchObject({ activatedAtMs });
});
