import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDevice } from '../../shared/core/devices/find-device.ts';
import { changeRegistration } from '../../shared/core/products/registration-settings.ts';
import { addRow } from '../support/certificate.ts';
import {
  type DistributorOfAccount,
  inStore,
  startDistributorOfAccount,
} from '../support/distributor-of-account.ts';
import type { TestStack } from '../support/test-stack.ts';

let account: TestStack;
let isAccountUp = true;
let distributor: TestStack;

let ask: DistributorOfAccount['ask'];

beforeAll(async () => {
  ({ account, distributor, ask } = await startDistributorOfAccount());
  const certificates = { policy: 'open', unknownIds: 'register' } as const;
  const changed = await inStore(distributor, (store) =>
    changeRegistration(account.demo.productKey, { certificates }, store),
  );
  expect(changed.ok).toBe(true);
});

afterAll(async () => {
  await distributor.stop();
  if (isAccountUp) await account.stop();
});

const askCertificate = (deviceId: string) => ask({ deviceId });

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
