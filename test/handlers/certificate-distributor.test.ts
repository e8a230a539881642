import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { openRowSecret, readRow } from '../../shared/core/certificates/certificate-records.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { isSealed } from '../../shared/core/sealing/sealing.ts';
import type { CertificateRecord } from '../../shared/model/tables.ts';
import {
  addRow,
  bodyOf,
  certificateRequest,
  createInstance,
  DEVICE_ID,
  openDistributor,
  signCertificateBody,
  type TestDistributor,
} from '../support/certificate.ts';
import { expectOneCertificate } from '../support/certificate-crowd.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import { createMemoryParts } from '../support/memory-parts.ts';
import { START_MS } from '../support/test-clock.ts';
import { registerTestDevice } from '../support/test-device.ts';

const MINUTE_MS = 60_000;
const PLAIN_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const OWNERS_SECRET = '9a8b7c6d5e4f30211203f4e5d6c7b8a9';

let distributor: TestDistributor;

beforeEach(async () => {
  distributor = await openDistributor();
});

async function rowOf(deviceId = DEVICE_ID): Promise<CertificateRecord> {
  const found = await distributor.parts.store.table('device_table').read({ partition: deviceId });
  if (!found) throw new Error(`${deviceId} has no row`);
  return found.value;
}

const issuesOf = () => readIssues(DEVICE_ID, distributor.parts.store);

describe('a device with a row and no certificate', () => {
  test('is registered, and answered in the order of the manual below 256 bytes', async () => {
    const { parts, productKey } = distributor;
    const { body, ...reply } = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(reply).toEqual({ status: 200, contentType: 'application/json', outcome: 'success' });
    const found = await createOwnIdentities(parts).find({ productKey, deviceName: DEVICE_ID });
    if (!found.ok) throw new Error('the device is not registered');
    const { deviceSecret, iotId } = found.value;
    expect(body).toBe(
      `{"productKey":"${productKey}","deviceName":"${DEVICE_ID}","deviceSecret":"${deviceSecret}"}`,
    );
    expect(Buffer.byteLength(body)).toBeLessThan(256);
    const row = await rowOf();
    expect(row).toEqual({
      registerTime: START_MS,
      activateTime: START_MS,
      productKey,
      deviceName: DEVICE_ID,
      deviceSecret: expect.any(String),
      iotId,
    });
    expect(row.deviceSecret).not.toContain(deviceSecret);
    expect(openRowSecret(row.deviceSecret ?? '', DEVICE_ID, parts.sealing)).toBe(deviceSecret);
  });

  test('is given the same again, and registered once', async () => {
    const first = await distributor.askSigned({ deviceId: DEVICE_ID });
    distributor.parts.clock.advance(10 * MINUTE_MS);
    const second = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(second.body).toBe(first.body);
    expect(await countDevicesOf(distributor.productKey, distributor.parts.store)).toBe(1);
    expect(await rowOf()).toMatchObject({ registerTime: START_MS, activateTime: START_MS });
  });

  test('keeps the name that its owner chose', async () => {
    await addRow(
      'SN-2',
      { productKey: distributor.productKey, deviceName: 'kitchen-lamp' },
      distributor.parts,
    );
    const reply = await distributor.askSigned({ deviceId: 'SN-2' });
    expect(bodyOf(reply)['deviceName']).toBe('kitchen-lamp');
  });

  test('gets a name that follows from its id where the id is none', async () => {
    const deviceId = 'MAC/00:11:22:33:44:55';
    await addRow(deviceId, { productKey: distributor.productKey }, distributor.parts);
    const reply = await distributor.askSigned({ deviceId });
    const deviceName = createHash('sha256').update(deviceId).digest('hex').slice(0, 32);
    expect(bodyOf(reply)).toMatchObject({ deviceName });
    expect(await rowOf(deviceId)).toMatchObject({ deviceName });
  });

  test('takes over a device of that name which is registered already', async () => {
    const { parts, productKey } = distributor;
    const device = await registerTestDevice(parts, { productKey, deviceName: DEVICE_ID });
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(bodyOf(reply)['deviceSecret']).toBe(device.deviceSecret);
  });

  test('may leave its product to the path, or to the body', async () => {
    await addRow('SN-2', {}, distributor.parts);
    await addRow('SN-3', {}, distributor.parts);
    const { productKey } = distributor;
    const byPath = await distributor.askSigned(
      { deviceId: 'SN-2' },
      { path: `/certificate/${productKey}` },
    );
    const byBody = await distributor.askSigned({ deviceId: 'SN-3', productKey });
    expect([bodyOf(byPath), bodyOf(byBody)]).toMatchObject([{ productKey }, { productKey }]);
    expect(await rowOf('SN-2')).toMatchObject({ productKey });
  });

  test('is in the index by product', async () => {
    await distributor.askSigned({ deviceId: DEVICE_ID });
    const { records } = await distributor.parts.store
      .table('certificate_ids')
      .list(distributor.productKey, { limit: 10 });
    expect(records.map(({ sort }) => sort)).toEqual([DEVICE_ID]);
  });
});

describe('a device with a certificate in its row', () => {
  const row = { deviceName: 'lamp-1', deviceSecret: PLAIN_SECRET, iotId: 'iotIdOfLamp1' };

  test('is given it, and a plain secret is sealed in its place', async () => {
    const { productKey, parts } = distributor;
    await addRow('SN-2', { ...row, productKey, registerTime: START_MS - 5 }, parts);
    const reply = await distributor.askSigned({ deviceId: 'SN-2' });
    expect(bodyOf(reply)).toEqual({ productKey, deviceName: 'lamp-1', deviceSecret: PLAIN_SECRET });
    const kept = await rowOf('SN-2');
    expect(kept).toMatchObject({ registerTime: START_MS - 5, activateTime: START_MS });
    expect(isSealed(kept.deviceSecret ?? '')).toBe(true);
    expect((await distributor.askSigned({ deviceId: 'SN-2' })).body).toBe(reply.body);
    expect(await countDevicesOf(productKey, parts.store)).toBe(0);
  });

  test('whose sealed secret is damaged is a fault, and no secret', async () => {
    await distributor.askSigned({ deviceId: DEVICE_ID });
    const table = distributor.parts.store.table('device_table');
    const found = await table.read({ partition: DEVICE_ID });
    if (!found?.value.deviceSecret) throw new Error('there is no certificate');
    const deviceSecret = `x${found.value.deviceSecret.slice(1)}`;
    await table.replace({ partition: DEVICE_ID }, { ...found.value, deviceSecret }, found.version);
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID });
    expect(bodyOf(reply)).toEqual({ code: 500, message: 'server error' });
    expect(distributor.parts.log.lines.at(-1)).toMatchObject({ level: 'error' });
  });
});

test.each([
  ['no certificate', null],
  ['a plain secret', PLAIN_SECRET],
])(
  'a device whose row, with %s, its owner fills meanwhile is given what stands there',
  async (_, deviceSecret) => {
    const { productKey, productSecret, parts } = distributor;
    const row = { productKey, deviceName: 'lamp-1', deviceSecret, iotId: null };
    await addRow('SN-2', row, parts);
    let pending = true;
    const store = interceptStore(parts.store, async ({ table, verb, key }) => {
      if (table !== 'device_table' || verb !== 'replace' || !pending) return;
      pending = false;
      const found = await readRow('SN-2', parts.store);
      const filled = { ...(await rowOf('SN-2')), deviceSecret: OWNERS_SECRET };
      await parts.store.table('device_table').replace(key, filled, found?.version ?? 0);
    });
    const body = signCertificateBody({ deviceId: 'SN-2', random: 'r' }, productSecret);
    const reply = await createInstance({ ...parts, store })(certificateRequest(body));
    expect(bodyOf(reply)).toMatchObject({ deviceSecret: OWNERS_SECRET });
    const kept = (await rowOf('SN-2')).deviceSecret ?? '';
    expect(openRowSecret(kept, 'SN-2', parts.sealing)).toBe(OWNERS_SECRET);
  },
);

describe('what is signed', () => {
  test.each([
    ['hmacmd5', { signMethod: 'hmacmd5' }],
    ['hmacsha1 in other letters', { signMethod: 'HmacSHA1' }],
    ['hmacsha256', { signMethod: 'HMACSHA256' }],
    ['a timestamp as text', { timestamp: String(START_MS - 15 * MINUTE_MS) }],
    ['a timestamp as a number', { timestamp: START_MS + 15 * MINUTE_MS }],
    ['a random that is a number', { random: 12345 }],
  ])('may have %s', async (_, fields) => {
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID, ...fields });
    expect(bodyOf(reply)).toMatchObject({ deviceName: DEVICE_ID });
  });

  test('may be sent under any content type, percent-encoded, with the sign in capitals', async () => {
    const signed = signCertificateBody(
      { deviceId: DEVICE_ID, random: 'r' },
      distributor.productSecret,
    );
    const body = encodeURIComponent(
      JSON.stringify({ ...signed, sign: String(signed['sign']).toUpperCase() }),
    );
    const reply = await distributor.ask(body, { headers: {} });
    expect(bodyOf(reply)).toMatchObject({ deviceName: DEVICE_ID });
  });
});

describe('what is counted', () => {
  test('are answers: those within 60 s of the first are one issue', async () => {
    await distributor.askSigned({ deviceId: DEVICE_ID }, { requestId: 'first' });
    distributor.parts.clock.advance(MINUTE_MS);
    await distributor.askSigned({ deviceId: DEVICE_ID }, { requestId: 'second' });
    expect(await issuesOf()).toMatchObject({ count: 1, issues: [{ requestId: 'first' }] });
    distributor.parts.clock.advance(1);
    await distributor.askSigned(
      { deviceId: DEVICE_ID },
      { requestId: 'third', sourceIp: '192.0.2.9' },
    );
    expect(await issuesOf()).toEqual({
      count: 2,
      issues: [
        { atMs: START_MS, sourceIp: '192.0.2.1', requestId: 'first' },
        { atMs: START_MS + MINUTE_MS + 1, sourceIp: '192.0.2.9', requestId: 'third' },
      ],
      revokedAtMs: null,
    });
  });

  test('is written down, by number, and without a secret', async () => {
    const { parts, productKey, productSecret } = distributor;
    const reply = await distributor.askSigned({ deviceId: DEVICE_ID });
    const line = parts.log.lines.at(-1);
    expect(line).toEqual({
      level: 'info',
      fields: {
        requestId: 'request-1',
        sourceIp: '192.0.2.1',
        deviceId: DEVICE_ID,
        productKey,
        deviceName: DEVICE_ID,
        issue: 1,
      },
      message: 'certificate issued',
    });
    const log = JSON.stringify(parts.log.lines);
    expect(log).not.toContain(bodyOf(reply)['deviceSecret']);
    expect(log).not.toContain(productSecret);
  });
});

test('of 200 requests at once on 4 instances all get one certificate, registered and counted once', async () => {
  const { store } = createMemoryParts();
  await expectOneCertificate(store, { requests: 200, instances: 4 });
});

test('an instance that registers is asked once for requests that come together', async () => {
  const { parts, productKey, productSecret } = distributor;
  const own = createOwnIdentities(parts);
  let registrations = 0;
  const identities = {
    ...own,
    register: (wanted: Parameters<typeof own.register>[0]) => {
      registrations += 1;
      return own.register(wanted);
    },
  };
  const handler = createInstance(parts, { identities });
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, index) => {
      const fields = { deviceId: DEVICE_ID, productKey, random: `x${index}` };
      return handler(certificateRequest(signCertificateBody(fields, productSecret)));
    }),
  );
  expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
  expect(registrations).toBe(1);
});
