import { beforeEach, describe, expect, test } from 'vitest';
import {
  countIssue,
  readIssues,
  resetIssues,
  restoreCertificate,
  revokeCertificate,
} from '../../shared/core/certificates/certificate-issues.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import type { Reply } from '../../shared/model/http.ts';
import {
  addRow,
  bodyOf,
  certificateRequest,
  createCertificateProduct,
  createInstance,
  DEVICE_ID,
  openDistributor,
  signCertificateBody,
  type TestDistributor,
} from '../support/certificate.ts';
import { START_MS } from '../support/test-clock.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const IDENTICAL = '{"code":6600,"message":"certificate refused"}';

let distributor: TestDistributor;

beforeEach(async () => {
  distributor = await openDistributor();
});

const codeOf = (reply: Reply) => bodyOf(reply)['code'];
const lastRefusal = () => distributor.parts.log.lines.at(-1)?.fields['refused'];
const issueCount = async () => (await readIssues(DEVICE_ID, distributor.parts.store)).count;

describe('one and the same refusal, byte for byte, is given to', () => {
  const signed = (fields: Record<string, string | number>) =>
    signCertificateBody({ deviceId: DEVICE_ID, random: 'r', ...fields }, distributor.productSecret);

  test('an unknown deviceId, with a good signature or none', async () => {
    const { productKey } = distributor;
    const path = `/certificate/${productKey}`;
    const good = await distributor.ask(signed({ deviceId: 'SN-none' }), { path });
    const refused = { kind: 'unknown-certificate', deviceId: 'SN-none' };
    expect(lastRefusal()).toMatchObject({ ...refused, reason: 'not in device_table' });
    const none = await distributor.ask({ deviceId: 'SN-none' });
    expect(lastRefusal()).toMatchObject({ ...refused, reason: 'no product is named' });
    expect([good.body, none.body]).toEqual([IDENTICAL, IDENTICAL]);
  });

  test('a known one without a signature', async () => {
    expect((await distributor.ask({ deviceId: DEVICE_ID })).body).toBe(IDENTICAL);
    expect(lastRefusal()).toEqual({ kind: 'signature-absent' });
  });

  test.each([
    ['another secret', () => signCertificateBody({ deviceId: DEVICE_ID, random: 'r' }, 'other')],
    ['another deviceId', () => ({ ...signed({}), deviceId: DEVICE_ID, random: 'r2' })],
    ['a timestamp added', () => ({ ...signed({}), timestamp: START_MS })],
    ['a method that there is not', () => ({ ...signed({}), signMethod: 'sha256' })],
    ['a method that it was not made with', () => ({ ...signed({}), signMethod: 'hmacmd5' })],
    ['no hex', () => ({ ...signed({}), sign: 'zz' })],
  ])('a known one with a signature of %s', async (_, body) => {
    expect((await distributor.ask(body())).body).toBe(IDENTICAL);
    expect(lastRefusal()).toMatchObject({ kind: 'signature-mismatch' });
  });

  test('a known one under a product that is unknown, or not its own', async () => {
    const other = await createCertificateProduct(distributor.parts);
    const ask = (productKey: string, secret: string) =>
      distributor.ask(signCertificateBody({ deviceId: DEVICE_ID, random: 'r' }, secret), {
        path: `/certificate/${productKey}`,
      });
    expect((await ask('a1nobody', distributor.productSecret)).body).toBe(IDENTICAL);
    expect((await ask(other.productKey, other.productSecret)).body).toBe(IDENTICAL);
    expect(lastRefusal()).toMatchObject({ kind: 'unknown-certificate' });
  });

  test('whoever signs with the secret that stands in for none', async () => {
    const stale = { deviceId: DEVICE_ID, random: 'r', timestamp: 1 };
    const body = signCertificateBody(stale, '0123456789abcdef');
    expect((await distributor.ask(body, { path: '/certificate/a1nobody' })).body).toBe(IDENTICAL);
    expect((await distributor.ask(body)).body).toBe(IDENTICAL);
  });

  test('a request that cannot have been signed, for a known deviceId and an unknown one: 460', async () => {
    distributor = await openDistributor({ answer: 'wrapped' });
    const known = await distributor.ask({ deviceId: DEVICE_ID, sign: 'ab' });
    const unknown = await distributor.ask({ deviceId: 'SN-none', sign: 'ab' });
    expect(known.body).toBe('{"code":460,"message":"request parameter error"}');
    expect(unknown.body).toBe(known.body);
  });

  test('all of these under a product that answers wrapped', async () => {
    distributor = await openDistributor({ answer: 'wrapped' });
    const unknown = await distributor.askSigned(
      { deviceId: 'SN-none' },
      { path: `/certificate/${distributor.productKey}` },
    );
    const unsigned = await distributor.ask({ deviceId: DEVICE_ID });
    expect([unknown.body, unsigned.body]).toEqual([IDENTICAL, IDENTICAL]);
  });
});

describe('a request that comes again', () => {
  test('is refused for 24 hours, for this deviceId alone', async () => {
    const { productKey, parts, askSigned } = distributor;
    await addRow('SN-2', { productKey }, parts);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID, random: 'once' }))).toBeUndefined();
    parts.clock.advance(24 * HOUR_MS - 1);
    expect(bodyOf(await askSigned({ deviceId: DEVICE_ID, random: 'once' }))).toEqual({
      code: 7001,
      message: 'random was used before',
    });
    expect(codeOf(await askSigned({ deviceId: 'SN-2', random: 'once' }))).toBeUndefined();
    parts.clock.advance(1);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID, random: 'once' }))).toBeUndefined();
  });

  test('at once is answered once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        distributor.askSigned({ deviceId: DEVICE_ID, random: 'once' }),
      ),
    );
    expect(replies.filter((reply) => codeOf(reply) === undefined)).toHaveLength(1);
    expect(replies.filter((reply) => codeOf(reply) === 7001)).toHaveLength(19);
  });

  test('as another one with the same content is refused', async () => {
    const fields = { deviceId: DEVICE_ID, random: 'r', timestamp: START_MS };
    const seen = signCertificateBody(fields, distributor.productSecret);
    expect(codeOf(await distributor.ask(seen))).toBeUndefined();
    const { sign } = seen;
    const shifted = { deviceId: DEVICE_ID, random: `rtimestamp${START_MS}`, sign };
    expect(codeOf(await distributor.ask(shifted))).toBe(460);
  });

  test('keeps its random used also if it was refused for something else', async () => {
    distributor = await openDistributor({ mostIssues: 1 });
    await distributor.askSigned({ deviceId: DEVICE_ID });
    distributor.parts.clock.advance(2 * MINUTE_MS);
    const again = () => distributor.askSigned({ deviceId: DEVICE_ID, random: 'late' });
    expect(codeOf(await again())).toBe(7004);
    expect(codeOf(await again())).toBe(7001);
  });
});

test.each([-1, 1])('a timestamp more than 15 minutes away is refused (%i)', async (direction) => {
  const timestamp = START_MS + direction * (15 * MINUTE_MS + 1);
  const reply = await distributor.askSigned({ deviceId: DEVICE_ID, timestamp });
  expect(bodyOf(reply)).toEqual({ code: 7002, message: 'timestamp is out of range' });
  const fresh = await distributor.askSigned({ deviceId: DEVICE_ID, random: 'r1' });
  expect(codeOf(fresh)).toBeUndefined();
});

describe('a revoked certificate', () => {
  test('is refused until it is restored, issued before or not', async () => {
    const { parts, askSigned } = distributor;
    await revokeCertificate(DEVICE_ID, parts);
    expect(bodyOf(await askSigned({ deviceId: DEVICE_ID }))).toEqual({
      code: 7003,
      message: 'certificate is revoked',
    });
    expect(await countDevicesOf(distributor.productKey, parts.store)).toBe(0);
    await restoreCertificate(DEVICE_ID, parts.store);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBeUndefined();
    await revokeCertificate(DEVICE_ID, parts);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBe(7003);
  });

  test('costs no random: what was refused is good as it is once it is restored', async () => {
    const { parts, askSigned } = distributor;
    const ask = () => askSigned({ deviceId: DEVICE_ID, random: 'once' });
    await revokeCertificate(DEVICE_ID, parts);
    expect([codeOf(await ask()), codeOf(await ask())]).toEqual([7003, 7003]);
    await restoreCertificate(DEVICE_ID, parts.store);
    expect(codeOf(await ask())).toBeUndefined();
  });

  test('shows only to whoever can sign', async () => {
    await revokeCertificate(DEVICE_ID, distributor.parts);
    expect((await distributor.ask({ deviceId: DEVICE_ID })).body).toBe(IDENTICAL);
  });
});

describe('the limit of issues', () => {
  test('refuses the sixth, and its audit keeps the five', async () => {
    const { parts, askSigned } = distributor;
    for (let issue = 1; issue <= 5; issue += 1) {
      expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBeUndefined();
      expect(await issueCount()).toBe(issue);
      parts.clock.advance(MINUTE_MS + 1);
    }
    expect(bodyOf(await askSigned({ deviceId: DEVICE_ID }))).toEqual({
      code: 7004,
      message: 'certificate was issued too often',
    });
    expect(lastRefusal()).toEqual({
      kind: 'certificate-limit',
      deviceId: DEVICE_ID,
      mostIssues: 5,
    });
    expect(await issueCount()).toBe(5);
    await resetIssues(DEVICE_ID, parts.store);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBeUndefined();
    expect(await issueCount()).toBe(1);
  });

  test('refuses before it registers a device whose row was emptied', async () => {
    distributor = await openDistributor({ mostIssues: 1 });
    const { parts, productKey, askSigned } = distributor;
    const emptied = { deviceId: 'SN-2', mostIssues: 1 };
    await addRow(emptied.deviceId, { productKey }, parts);
    const issue = { atMs: START_MS - 2 * MINUTE_MS, sourceIp: '192.0.2.1', requestId: 'r' };
    await countIssue(issue, emptied, parts.store);
    expect(codeOf(await askSigned({ deviceId: 'SN-2' }))).toBe(7004);
    expect(await countDevicesOf(productKey, parts.store)).toBe(0);
  });

  test('wraps its refusal for a product that answers wrapped', async () => {
    distributor = await openDistributor({ answer: 'wrapped', mostIssues: 1 });
    await distributor.askSigned({ deviceId: DEVICE_ID });
    distributor.parts.clock.advance(2 * MINUTE_MS);
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(reply.body).toBe(
      '{"success":false,"code":7004,"message":"certificate was issued too often"}',
    );
  });

  test('holds for issues that are counted at once by several instances', async () => {
    const { parts, productSecret } = distributor;
    for (let issue = 1; issue <= 4; issue += 1) {
      await distributor.askSigned({ deviceId: DEVICE_ID });
      parts.clock.advance(MINUTE_MS + 1);
    }
    const instances = Array.from({ length: 4 }, () => createInstance(parts));
    const replies = await Promise.all(
      instances.map((instance, index) => {
        const fields = { deviceId: DEVICE_ID, random: `x${index}` };
        return instance(certificateRequest(signCertificateBody(fields, productSecret)));
      }),
    );
    expect(replies.map(codeOf)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await issueCount()).toBe(5);
  });
});

describe('one source address', () => {
  test('is refused after its share of a minute, and others are not', async () => {
    distributor = await openDistributor({}, { limitPerMinute: 3 });
    const { parts, askSigned } = distributor;
    for (let request = 0; request < 3; request += 1) {
      expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBeUndefined();
    }
    expect(bodyOf(await askSigned({ deviceId: DEVICE_ID }))).toEqual({
      code: 429,
      message: 'too many requests',
    });
    expect(lastRefusal()).toEqual({ kind: 'address-rate-exceeded', limitPerMinute: 3 });
    const elsewhere = await askSigned({ deviceId: DEVICE_ID }, { sourceIp: '2001:db8::1' });
    expect(codeOf(elsewhere)).toBeUndefined();
    parts.clock.advance(MINUTE_MS);
    expect(codeOf(await askSigned({ deviceId: DEVICE_ID }))).toBeUndefined();
  });
});
