import { beforeEach, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/device-auth/handler.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Handler, Request } from '../../shared/model/http.ts';
import { openDeviceAuth, type TestAuth } from '../support/device-auth.ts';
import { authRequest, codeOf, type Form, signInForm } from '../support/device-http.ts';
import { type MemoryParts, testKey } from '../support/memory-parts.ts';
import { START_MS } from '../support/test-clock.ts';
import type { TestDevice } from '../support/test-device.ts';

const MINUTE_MS = 60_000;
const MISSING = 'one of productKey, deviceName, clientId, sign is missing';
const NO_PRODUCT_KEY = 'productKey is none that a product can have';
const NO_DEVICE_NAME = 'deviceName is none that a device can have';

let parts: MemoryParts;
let device: TestDevice;
let handler: Handler;
let signIn: TestAuth['signIn'];

beforeEach(async () => {
  ({ parts, device, handler, signIn } = await openDeviceAuth());
});

describe('a form that is no sign-in', () => {
  const changed: [string, Form, string][] = [
    ['an empty productKey', { productKey: '' }, MISSING],
    ['an empty deviceName', { deviceName: '' }, MISSING],
    ['an empty clientId', { clientId: '' }, MISSING],
    ['an empty sign', { sign: '' }, MISSING],
    ['a long clientId', { clientId: 'c'.repeat(65) }, 'clientId is longer than 64 characters'],
    ['a long productKey', { productKey: 'p'.repeat(33) }, NO_PRODUCT_KEY],
    ['U+0000 in its productKey', { productKey: 'a1\u0000' }, NO_PRODUCT_KEY],
    ['a long deviceName', { deviceName: 'd'.repeat(65) }, NO_DEVICE_NAME],
    ['U+0000 in its deviceName', { deviceName: 'dev\u0000' }, NO_DEVICE_NAME],
    ['a deviceName beyond ASCII', { deviceName: '温度计一' }, NO_DEVICE_NAME],
    ['a timestamp in words', { timestamp: 'now' }, 'timestamp is not a number of milliseconds'],
    ['an empty timestamp', { timestamp: '' }, 'timestamp is not a number of milliseconds'],
    ['a negative timestamp', { timestamp: -1 }, 'timestamp is not a number of milliseconds'],
    ['a broken timestamp', { timestamp: 1.5 }, 'timestamp is not a number of milliseconds'],
    ['a huge timestamp', { timestamp: 1e300 }, 'timestamp is not a number of milliseconds'],
  ];
  test.each(changed)('with %s is refused with 10001', async (_, change, reason) => {
    const reply = await signIn({ ...signInForm(device), ...change });
    expect(reply.body).toBe('{"code":10001,"message":"param error"}');
    expectRefusal({ kind: 'malformed-request', reason });
  });

  test.each(['productKey', 'deviceName', 'clientId', 'sign'])(
    'without %s is refused with 10001',
    async (name) => {
      const { [name]: _, ...form } = signInForm(device);
      expect(codeOf(await signIn(form))).toBe(10001);
      expectRefusal({ kind: 'malformed-request', reason: MISSING });
    },
  );

  const bodies: [string, string | Buffer, string][] = [
    ['nothing', '', 'the body is not JSON'],
    ['cut JSON', '{"productKey":"a1', 'the body is not JSON'],
    ['a form in another coding', 'productKey=a1&deviceName=d', 'the body is not JSON'],
    ['garbage bytes', Buffer.from([0, 255, 254, 128, 1]), 'the body is not UTF-8'],
    [
      'a version beyond UTF-8',
      Buffer.from('{"version":"\xff"}', 'latin1'),
      'the body is not UTF-8',
    ],
    ['an array', '[]', 'the body is not a JSON object'],
    ['null', 'null', 'the body is not a JSON object'],
    ['a number', '1', 'the body is not a JSON object'],
    ['a field of null', '{"clientId":null}', 'a field is neither a text nor a number'],
    ['a field of true', '{"clientId":true}', 'a field is neither a text nor a number'],
    ['a field of an object', '{"clientId":{}}', 'a field is neither a text nor a number'],
    ['a __proto__ of an object', '{"__proto__":{}}', 'a field is neither a text nor a number'],
  ];
  test.each(bodies)('with a body of %s is refused with 10001', async (_, body, reason) => {
    expect(codeOf(await handler(authRequest(body)))).toBe(10001);
    expectRefusal({ kind: 'malformed-request', reason });
  });

  const requests: [string, Partial<Request>][] = [
    ['by GET', { method: 'GET' }],
    ['with a query string', { query: 'a=1' }],
    ['of another content type', { headers: { 'content-type': 'application/octet-stream' } }],
    ['without a content type', { headers: {} }],
    ['over 128 KB', { body: Buffer.alloc(128 * 1024 + 1, ' ') }],
  ];
  test.each(requests)('%s is refused with 10001', async (_, change) => {
    const reply = await handler(authRequest(signInForm(device), change));
    expect(codeOf(reply)).toBe(10001);
  });
});

describe('a sign-in with a wrong identity or sign', () => {
  test('of another secret is refused with 20000, and the log has what was to be signed', async () => {
    const form = signInForm({ ...device, deviceSecret: 'guess' }, { timestamp: START_MS });
    expect((await signIn(form)).body).toBe('{"code":20000,"message":"auth check error"}');
    const { productKey, deviceName } = device;
    expectRefusal({
      kind: 'signature-mismatch',
      reason: 'sign is hmacsha1 over other content or with another key',
      stringToSign: `clientId${productKey}.${deviceName}deviceName${deviceName}productKey${productKey}timestamp${START_MS}`,
    });
    expectNoSecrets(form);
  });

  const altered: [string, Form][] = [
    ['another clientId than was signed', { clientId: 'other' }],
    ['another signmethod than was used', { signmethod: 'hmacsha256' }],
    ['an unknown signmethod', { signmethod: 'hmacsha512' }],
    ['an extra field that was not signed', { extra: '1' }],
    ['a cut sign', { sign: 'abcd' }],
    ['a sign that is not hexadecimal', { sign: 'z'.repeat(40) }],
  ];
  test.each(altered)('with %s is refused with 20000', async (_, change) => {
    const form = { ...signInForm(device), ...change };
    expect(codeOf(await signIn(form))).toBe(20000);
    expectRefusal(expect.objectContaining({ kind: 'signature-mismatch' }));
    expectNoSecrets(form);
  });

  for (const skewMs of [-(15 * MINUTE_MS + 1), 15 * MINUTE_MS + 1]) {
    test(`with a timestamp ${skewMs} ms off is refused with 20000`, async () => {
      const form = signInForm(device, { timestamp: START_MS + skewMs });
      expect(codeOf(await signIn(form))).toBe(20000);
      expectRefusal({ kind: 'timestamp-outside-window', skewMs });
    });
  }

  test.each([
    ['device', { deviceName: 'dev_404' }],
    ['product', { productKey: 'a1Nowhere00' }],
    ['device with the longest name', { deviceName: 'd'.repeat(64) }],
    ['product with the longest key', { productKey: 'p'.repeat(32) }],
    ['device with a slash in its name', { deviceName: 'dev/__proto__' }],
  ])('of an unknown %s is refused with 20000', async (_, change) => {
    const unknown = { ...device, ...change };
    expect(codeOf(await signIn(signInForm(unknown, { clientId: 'c01' })))).toBe(20000);
    const { productKey, deviceName } = unknown;
    expectRefusal({ kind: 'unknown-device', productKey, deviceName }, unknown);
  });

  test('does not say on the wire whether the device is unknown or the sign wrong', async () => {
    const unknown = await signIn(signInForm({ ...device, deviceName: 'dev_404' }));
    const wrong = await signIn(signInForm({ ...device, deviceSecret: 'guess' }));
    expect(unknown.body).toBe(wrong.body);
  });

  test('leaves the device unactive', async () => {
    await signIn(signInForm({ ...device, deviceSecret: 'guess' }));
    const { iotId } = device;
    expect(await findDevice({ iotId }, parts.store)).toMatchObject({
      value: { status: 'UNACTIVE' },
    });
  });
});

test('a secret that does not open is a fault: code 10000, and the reason is in the log', async () => {
  const sealing = createSealing(createKeyRing([testKey('lost')]), parts.randomBytes);
  const form = signInForm(device);
  const reply = await createHandler({ ...parts, sealing })(authRequest(form));
  expect(reply.body).toBe('{"code":10000,"message":"common error"}');
  expect(parts.log.lines).toMatchObject([
    { level: 'error', message: 'sign-in failed', fields: { requestId: 'request-1' } },
  ]);
  expectNoSecrets(form);
});

/** The last line of the log has the real reason. */
function expectRefusal(refused: object, named: TestDevice = device): void {
  expect(parts.log.lines.at(-1)).toEqual({
    level: 'warn',
    message: 'sign-in refused',
    fields: {
      requestId: 'request-1',
      sourceIp: '192.0.2.1',
      device: namedInForm(refused, named),
      refused,
    },
  });
}

/** A form that cannot be read names no device. */
function namedInForm(refused: object, { productKey, deviceName }: TestDevice) {
  const isMalformed = 'kind' in refused && refused.kind === 'malformed-request';
  return isMalformed ? undefined : `${productKey}/${deviceName}`;
}

function expectNoSecrets(form: Form): void {
  const logged = parts.log.lines.map(({ fields, message }) => {
    const { error, ...rest } = fields;
    return `${message} ${JSON.stringify(rest)} ${String(error)}`;
  });
  for (const secret of [device.deviceSecret, String(form['sign'])]) {
    expect(logged.join('\n')).not.toContain(secret);
  }
}
