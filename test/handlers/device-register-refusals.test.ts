import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/device-register/handler.ts';
import { disableDevice } from '../../shared/core/devices/change-device.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Request } from '../../shared/model/http.ts';
import { codeOf } from '../support/device-http.ts';
import {
  C_SDK_RANDOM,
  openDeviceRegister,
  type RegisterFields,
  registerForm,
  registerRequest,
  type TestRegister,
} from '../support/device-register.ts';
import { testKey } from '../support/memory-parts.ts';

let suite: TestRegister;
let form: RegisterFields;

beforeEach(async () => {
  suite = await openDeviceRegister();
  form = registerForm(suite.device, suite.productSecret);
});

const PARAMETER_ERROR = '{"code":460,"message":"request parameter error"}';

describe('a request that is no registration is refused with 460', () => {
  const requests: [string, Partial<Request>][] = [
    ['by GET', { method: 'GET' }],
    ['by PUT', { method: 'PUT' }],
    ['with a query string', { query: 'a=1' }],
    ['of another content type', { headers: { 'content-type': 'application/json' } }],
    ['without a content type', { headers: {} }],
    ['without a body', { body: Buffer.alloc(0) }],
    ['over 128 KB', { body: Buffer.alloc(128 * 1024 + 1, 'a') }],
    ['beyond UTF-8', { body: Buffer.from([0, 255, 254, 128, 1]) }],
  ];
  test.each(requests)('%s', async (_, change) => {
    expect((await suite.handler(registerRequest(form, change))).body).toBe(PARAMETER_ERROR);
  });

  test('as JSON with the right content type', async () => {
    const reply = await suite.handler(registerRequest(JSON.stringify(form)));
    expect(reply.body).toBe(PARAMETER_ERROR);
  });

  const names = ['productKey', 'deviceName', 'random', 'sign', 'signMethod'];
  test.each(names)('without %s', async (name) => {
    const { [name]: _, ...rest } = form;
    expect((await suite.register(rest)).body).toBe(PARAMETER_ERROR);
    expectRefusal({
      kind: 'malformed-request',
      reason: `${name} is missing, there twice, or none that there can be`,
    });
  });

  test.each(names)('with an empty %s', async (name) => {
    expect((await suite.register({ ...form, [name]: '' })).body).toBe(PARAMETER_ERROR);
  });

  test.each(names)('with %s twice', async (name) => {
    const twice = `${new URLSearchParams(form)}&${name}=${form[name]}`;
    expect((await suite.handler(registerRequest(twice))).body).toBe(PARAMETER_ERROR);
  });

  test('with both spellings of signMethod', async () => {
    const reply = await suite.register({ ...form, signmethod: 'hmacsha256' });
    expect(reply.body).toBe(PARAMETER_ERROR);
  });

  const oversized: [string, RegisterFields][] = [
    ['productKey', { productKey: 'p'.repeat(33) }],
    ['deviceName', { deviceName: 'd'.repeat(65) }],
    ['random', { random: 'r'.repeat(257) }],
    ['sign', { sign: '0'.repeat(129) }],
    ['signMethod', { signMethod: 'm'.repeat(33) }],
  ];
  test.each(oversized)('with a %s that is too long', async (_, change) => {
    expect((await suite.register({ ...form, ...change })).body).toBe(PARAMETER_ERROR);
  });

  test.each(['dev\u0000', 'dev 001', '温度计一'])('with the deviceName %j', async (deviceName) => {
    expect((await suite.register({ ...form, deviceName })).body).toBe(PARAMETER_ERROR);
  });
});

describe('a registration without the right signature', () => {
  test('is refused with 6600, and the log has what was to be signed', async () => {
    const guess = registerForm(suite.device, 'guess');
    expect((await suite.register(guess)).body).toBe(
      '{"code":6600,"message":"signature check failed"}',
    );
    const { productKey, deviceName } = suite.device;
    expectRefusal(
      {
        kind: 'signature-mismatch',
        reason: 'sign is hmacsha256 over other content or with another key',
        stringToSign: `deviceName${deviceName}productKey${productKey}random${C_SDK_RANDOM}`,
      },
      `${productKey}/${deviceName}`,
    );
    expectNoSecrets(guess);
  });

  const altered: [string, RegisterFields][] = [
    ['another random than was signed', { random: 'other' }],
    ['another signMethod than was used', { signMethod: 'hmacsha1' }],
    ['a cut sign', { sign: 'abcd' }],
    ['a sign that is not hexadecimal', { sign: 'z'.repeat(64) }],
  ];
  test.each(altered)('with %s is refused with 6600', async (_, change) => {
    const changed = { ...form, ...change };
    expect(codeOf(await suite.register(changed))).toBe(6600);
    expectNoSecrets(changed);
  });

  test('with the device secret is refused with 6600', async () => {
    const { deviceSecret } = suite.device;
    expect(codeOf(await suite.register(registerForm(suite.device, deviceSecret)))).toBe(6600);
  });

  test.each(['hmacsha512', 'md5', 'none'])('by %s is refused with 6292', async (signMethod) => {
    expect((await suite.register({ ...form, signMethod })).body).toBe(
      '{"code":6292,"message":"sign method is not supported"}',
    );
  });
});

describe('of several things that are wrong, the wire tells the first', () => {
  const unknown = { productKey: 'a1Nowhere00', deviceName: 'dev_404' };

  test('an unknown product before all else: 6250', async () => {
    const reply = await suite.register({ ...form, ...unknown, signMethod: 'hmacsha512' });
    expect(reply.body).toBe('{"code":6250,"message":"product not found"}');
  });

  test('the switch before the method: 6288', async () => {
    await suite.switchTo(false);
    expect(codeOf(await suite.register({ ...form, signMethod: 'hmacsha512', sign: '0' }))).toBe(
      6288,
    );
  });

  test('the method before the signature: 6292', async () => {
    expect(codeOf(await suite.register({ ...form, signMethod: 'hmacsha512', sign: '0' }))).toBe(
      6292,
    );
  });

  test('an unknown device only to who has the product secret: 6100', async () => {
    const { productKey } = suite.device;
    const named = { productKey, deviceName: 'dev_404' };
    const reply = await suite.register(registerForm(named, suite.productSecret));
    expect(reply.body).toBe('{"code":6100,"message":"device not found"}');
    expectRefusal({ kind: 'unknown-device', ...named }, `${productKey}/dev_404`);
  });

  test('without the product secret every name looks alike, whatever its device is', async () => {
    const { productKey } = suite.device;
    const guess = (deviceName: string) =>
      suite.register(registerForm({ productKey, deviceName }, 'guess'));
    const unactivated = await guess(suite.device.deviceName);
    expect(await guess('dev_404')).toEqual(unactivated);
    await suite.signIn();
    expect(await guess(suite.device.deviceName)).toEqual(unactivated);
    await disableDevice(suite.device, suite.parts);
    expect(await guess(suite.device.deviceName)).toEqual(unactivated);
  });
});

test('a secret that does not open is a fault: code 500, and the reason is in the log', async () => {
  const sealing = createSealing(createKeyRing([testKey('lost')]), suite.parts.randomBytes);
  const reply = await createHandler({ ...suite.parts, sealing })(registerRequest(form));
  expect(reply).toMatchObject({ body: '{"code":500,"message":"server error"}', outcome: 'fault' });
  expect(suite.parts.log.lines).toMatchObject([
    { level: 'error', message: 'device registration failed', fields: { requestId: 'request-1' } },
  ]);
  expectNoSecrets(form);
});

function expectRefusal(refused: object, device?: string): void {
  expect(suite.parts.log.lines.at(-1)).toEqual({
    level: 'warn',
    message: 'device registration refused',
    fields: { requestId: 'request-1', sourceIp: '192.0.2.1', device, refused },
  });
}

function expectNoSecrets({ sign = '' }: RegisterFields): void {
  const logged = suite.parts.log.lines.map(({ fields, message }) => {
    const { error, ...rest } = fields;
    return `${message} ${JSON.stringify(rest)} ${String(error)}`;
  });
  expect(logged.length).toBeGreaterThan(0);
  for (const secret of [suite.device.deviceSecret, suite.productSecret, sign]) {
    expect(logged.join('\n')).not.toContain(secret);
  }
}
