import { beforeEach, describe, expect, test } from 'vitest';
import { certificateReply } from '../../functions/certificate-distributor/certificate-reply.ts';
import { createHandler as createDeviceAuth } from '../../functions/device-auth/handler.ts';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { readRow } from '../../shared/core/certificates/certificate-records.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { createOwnIdentities } from '../../shared/core/devices/own-identities.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import type { Reply } from '../../shared/model/http.ts';
import {
  addRow,
  bodyOf,
  certificateRequest,
  createInstance,
  openDistributor,
  type TestDistributor,
} from '../support/certificate.ts';
import { authRequest, codeOf, signInForm } from '../support/device-http.ts';
import { interceptStore } from '../support/intercepted-store.ts';
import { registerTestDevice } from '../support/test-device.ts';

describe('policy open that registers unknown ids', () => {
  const TAKEN = 'dev-of-another';
  let distributor: TestDistributor;

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
    const row = await readRow('SN-new', parts.store);
    const found = await findDevice({ iotId: row?.value.iotId ?? '' }, parts.store);
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
    expect(await readIssues('SN-new', parts.store)).toMatchObject({ count: 1 });
  });
});

describe('policy open, as the function of seed 001', () => {
  const openAs001 = () =>
    openDistributor({ policy: 'open', answer: 'wrapped', unknownIds: 'adopt' });

  test('gives a device that is there already its own certificate', async () => {
    const distributor = await openAs001();
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
    const distributor = await openAs001();
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
    const distributor = await openAs001();
    const { productKey, parts } = distributor;
    const data = bodyOf(await distributor.ask({ deviceId: 'lamp-0001', productKey }))['data'];
    const { DeviceName, DeviceSecret } = data as Record<string, string>;
    const auth = createDeviceAuth(parts);
    const device = { productKey, deviceName: `${DeviceName}`, deviceSecret: `${DeviceSecret}` };
    expect(codeOf(await auth(authRequest(signInForm({ ...device, iotId: '' }))))).toBe(0);
  });

  test('without registration of unknown ids refuses them as flat as ever', async () => {
    const distributor = await openDistributor({ policy: 'open', answer: 'wrapped' });
    const { productKey } = distributor;
    const reply = await distributor.ask({ deviceId: 'lamp-0001', productKey });
    expect(reply.body).toBe('{"code":6600,"message":"certificate refused"}');
    expect(await countDevicesOf(productKey, distributor.parts.store)).toBe(0);
  });
});
