import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { certificateReply } from '../../functions/certificate-distributor/certificate-reply.ts';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { openRowSecret, readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { isSealed } from '../../shared/core/sealing/sealing.ts';
import type { Reply } from '../../shared/model/http.ts';
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
import { crowdOneDevice } from '../support/certificate-crowd.ts';
import { authRequest, codeOf, signInForm } from '../support/device-http.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import { createMemoryParts } from '../support/memory-parts.ts';
import { START_MS } from '../support/test-clock.ts';
import { registerTestDevice } from '../support/test-device.ts';

const MINUTE_MS = 60_000;
const PLAIN_SECRET = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

let distributor: TestDistributor;

beforeEach(async () => {
  distributor = await openDistributor();
});

async function rowOf(
  deviceId = DEVICE_ID,
  { parts }: TestDistributor = distributor,
): Promise<CertificateRecord> {
  const found = await parts.store.table('device_table').read({ partition: deviceId });
  if (!found) throw new Error(`${deviceId} has no row`);
  return found.value;
}

const issuesOf = (deviceId = DEVICE_ID) => readIssues(deviceId, distributor.parts.store);

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

describe('policy open that registers unknown ids', () => {
  const TAKEN = 'dev-of-another';

  beforeEach(async () => {
    distributor = await openDistributor({ policy: 'open', unknownIds: 'register' });
  });

  const askFor = (deviceId: string) =>
    distributor.ask({ deviceId, productKey: distributor.productKey });

  test('gives nobody the secret of a device that came about otherwise', async () => {
    const { parts, productKey } = distributor;
    await registerTestDevice(parts, { productKey, deviceName: TAKEN });
    const reply = await askFor(TAKEN);
    expect(reply.body).toBe('{"code":6600,"message":"certificate refused"}');
    expect(await readRow(TAKEN, parts.store)).toBeUndefined();
  });

  test('gives nobody the certificate of another id, by the name of its device', async () => {
    const { parts, productKey } = distributor;
    const row = { productKey, deviceName: 'kitchen-lamp' };
    await addRow('SN-2', row, parts);
    expect(bodyOf(await askFor('SN-2'))).toMatchObject(row);
    expect(bodyOf(await askFor('kitchen-lamp'))).toMatchObject({ code: 6600 });
    const long = 'MAC/00:11:22:33:44:55';
    const { deviceName } = bodyOf(await askFor(long));
    expect(bodyOf(await askFor(String(deviceName)))).toMatchObject({ code: 6600 });
  });

  test.each([
    ['device_table', 'insert'],
    ['devices', 'insert'],
    ['certificate_ids', 'insert'],
    ['device_table', 'replace'],
  ] as const)('goes on where a process ended before %s %s', async (table, verb) => {
    const { parts, productKey } = distributor;
    const store = interceptStore(parts.store, (step) => {
      if (step.table === table && step.verb === verb) throw new Error('the store is gone');
    });
    const body = { deviceId: 'SN-new', productKey };
    const dying = createInstance({ ...parts, store });
    expect(bodyOf(await dying(certificateRequest(body)))).toMatchObject({ code: 500 });
    expect(bodyOf(await askFor('SN-new'))).toMatchObject({ deviceName: 'SN-new' });
    expect(await countDevicesOf(productKey, parts.store)).toBe(1);
  });

  test('finishes the index of a device that a process left without', async () => {
    const { parts, productKey } = distributor;
    const store = interceptStore(parts.store, (step) => {
      if (step.table === 'device_ids') throw new Error('the store is gone');
    });
    const body = { deviceId: 'SN-new', productKey };
    await createInstance({ ...parts, store })(certificateRequest(body));
    await askFor('SN-new');
    const { iotId } = await rowOf('SN-new');
    const found = await findDevice({ iotId: iotId ?? '' }, parts.store);
    expect(found).toMatchObject({ ok: true, value: { deviceName: 'SN-new' } });
  });

  test('gives the same to an instance that finds the device which another has just registered', async () => {
    const { parts, productKey } = distributor;
    const request = certificateRequest({ deviceId: 'SN-new', productKey });
    let first: Promise<Reply> | undefined;
    const store = interceptStore(parts.store, async ({ table, verb }) => {
      if (table !== 'devices' || verb !== 'read') return;
      first ??= createInstance(parts)(request);
      await first;
    });
    const second = await createInstance({ ...parts, store })(request);
    expect(bodyOf(second)).toMatchObject({ deviceName: 'SN-new' });
    expect(second).toEqual(await first);
  });

  test('registers an id once, however many instances are asked for it at once', async () => {
    const { parts, productKey } = distributor;
    const instances = Array.from({ length: 20 }, () => createInstance(parts));
    const request = certificateRequest({ deviceId: 'SN-new', productKey });
    const replies = await Promise.all(instances.map((instance) => instance(request)));
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
    expect(bodyOf(replies[0] as Reply)).toMatchObject({ deviceName: 'SN-new' });
    expect(await countDevicesOf(productKey, parts.store)).toBe(1);
    expect(await issuesOf('SN-new')).toMatchObject({ count: 1 });
  });
});

describe('policy open, as the function of seed 001', () => {
  const openAs001 = () =>
    openDistributor({ policy: 'open', answer: 'wrapped', unknownIds: 'adopt' });

  test('gives a device that is there already its own certificate', async () => {
    distributor = await openAs001();
    const { parts, productKey } = distributor;
    const device = await registerTestDevice(parts, { productKey, deviceName: 'lamp-0001' });
    const reply = await distributor.ask({ deviceId: 'lamp-0001', productKey });
    expect(bodyOf(reply)).toMatchObject({ data: { DeviceSecret: device.deviceSecret } });
  });

  test('answers below 256 bytes where everything is as long as the platform has it', () => {
    const identity = {
      productKey: 'p'.repeat(11),
      deviceName: 'd'.repeat(32),
      deviceSecret: 's'.repeat(64),
      iotId: 'i'.repeat(32),
    };
    for (const form of ['flat', 'wrapped'] as const) {
      expect(Buffer.byteLength(certificateReply(identity, form).body)).toBeLessThan(256);
    }
  });

  test('registers whoever asks, and answers wrapped', async () => {
    distributor = await openAs001();
    const { productKey, ask, parts } = distributor;
    const path = `/certificate/${productKey}`;
    const body = encodeURIComponent(JSON.stringify({ deviceId: 'lamp-0001' }));
    const reply = await ask(body, { path });
    const found = await createOwnIdentities(parts).find({ productKey, deviceName: 'lamp-0001' });
    if (!found.ok) throw new Error('the device is not registered');
    const { deviceSecret, iotId } = found.value;
    expect(reply.body).toBe(
      `{"success":true,"data":{"ProductKey":"${productKey}","DeviceName":"lamp-0001","DeviceSecret":"${deviceSecret}","IotId":"${iotId}"}}`,
    );
    expect(Buffer.byteLength(reply.body)).toBeLessThan(256);
    expect((await ask({ deviceId: 'lamp-0001' })).body).toBe(reply.body);
  });

  test('gives a certificate that the device can sign in with', async () => {
    distributor = await openAs001();
    const { productKey, parts } = distributor;
    const data = bodyOf(await distributor.ask({ deviceId: 'lamp-0001', productKey }))['data'];
    const { DeviceName, DeviceSecret } = data as Record<string, string>;
    const auth = createDeviceAuth(parts);
    const device = { productKey, deviceName: `${DeviceName}`, deviceSecret: `${DeviceSecret}` };
    expect(codeOf(await auth(authRequest(signInForm({ ...device, iotId: '' }))))).toBe(0);
  });

  test('without registration of unknown ids refuses them as flat as ever', async () => {
    distributor = await openDistributor({ policy: 'open', answer: 'wrapped' });
    const { productKey } = distributor;
    const reply = await distributor.ask({ deviceId: 'lamp-0001', productKey });
    expect(reply.body).toBe('{"code":6600,"message":"certificate refused"}');
    expect(await countDevicesOf(productKey, distributor.parts.store)).toBe(0);
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
  const crowd = await crowdOneDevice(store, { requests: 200, instances: 4 });
  expect(crowd).toMatchObject({ answers: 200, devices: 1, issues: 1 });
  expect(crowd.bodies).toHaveLength(1);
  expect(crowd.bodies[0]).toMatch(/"deviceSecret":"[0-9a-f]{32}"/);
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
