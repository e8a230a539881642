import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { PRODUCTS_PARTITION } from '../../shared/core/products/products.ts';
import { changeRegistration } from '../../shared/core/products/registration-settings.ts';
import type { Store } from '../../shared/ports/table.ts';
import { addRow } from '../support/certificate.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const SEALING_KEY = randomBytes(32).toString('base64');

/** A Mooring that stands for the account, and one whose devices get their identities there. */
let account: TestStack;
let isAccountUp = true;
let distributor: TestStack;

beforeAll(async () => {
  account = await startTestStack({ MOORING_SEALING_KEYS: SEALING_KEY });
  const { accessKeyId, accessKeySecret, endpoints } = account.demo;
  distributor = await startTestStack({
    MOORING_SEALING_KEYS: SEALING_KEY,
    MOORING_IDENTITIES: 'aliyun',
    MOORING_ALIYUN_ENDPOINT: endpoints['http'] ?? '',
    ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret,
  });
  await bringProductOver();
});

afterAll(async () => {
  await distributor.stop();
  if (isAccountUp) await account.stop();
});

/** Both have the account's product, as after the import of the account; here it takes unknown ids. */
async function bringProductOver(): Promise<void> {
  const { productKey } = account.demo;
  const key = { partition: PRODUCTS_PARTITION, sort: productKey };
  const product = await inStore(account, (store) => store.table('products').read(key));
  if (!product) throw new Error('the account has no product');
  await inStore(distributor, async (store) => {
    await store.table('products').insert(key, product.value);
    const certificates = { policy: 'open', unknownIds: 'register' } as const;
    const changed = await changeRegistration(productKey, { certificates }, store);
    expect(changed.ok).toBe(true);
  });
}

async function inStore<T>(stack: TestStack, use: (store: Store) => Promise<T>): Promise<T> {
  const store = createLmdbStore({ path: join(stack.dataDir, 'tables'), nowMs: Date.now });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function askCertificate(deviceId: string): Promise<unknown> {
  const { productKey } = account.demo;
  const reply = await fetch(`${distributor.demo.endpoints['http']}/certificate/${productKey}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deviceId }),
  });
  return reply.json();
}

test('a new deviceId is registered once in the account, however many ask for it', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => askCertificate('sn-0001')));
  const { productKey } = account.demo;
  const name = { productKey, deviceName: 'sn-0001' };
  const certificate = { ...name, deviceSecret: expect.stringMatching(/^\w{32}$/) };
  expect(answers[0]).toEqual(certificate);
  expect(answers).toEqual(answers.map(() => answers[0]));
  const there = await inStore(account, (store) => findDevice(name, store));
  expect(there).toMatchObject({ ok: true, value: name });
  const here = await inStore(distributor, (store) => findDevice(name, store));
  expect(here).toMatchObject({ ok: false });
});

test('a device that the account has already keeps its secret', async () => {
  const { deviceName, deviceSecret, productKey } = account.demo;
  await inStore(distributor, (store) => addRow('sn-old', { deviceName }, { store }));
  expect(await askCertificate('sn-old')).toEqual({ productKey, deviceName, deviceSecret });
});

test('a device that the account has already is given to nobody who knows its name', async () => {
  const { deviceName } = account.demo;
  expect(await askCertificate(deviceName)).toEqual({ code: 6600, message: 'certificate refused' });
});

test('a device of an account that does not answer is told of a server error', async () => {
  await account.stop();
  isAccountUp = false;
  expect(await askCertificate('sn-0002')).toEqual({ code: 500, message: 'server error' });
});
