import { join } from 'node:path';
import RpcClient from '@alicloud/pop-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createLmdbStore } from '../../shared/adapters/lmdb/lmdb-store.ts';
import { addRow, signCertificateBody } from '../support/certificate.ts';
import { expectOneCertificate } from '../support/certificate-crowd.ts';
import { exchange, post } from '../support/device-socket.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

const DEVICE_ID = 'SN-2024-0001';
const REQUESTS = 200;

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
  const path = join(stack.dataDir, 'tables');
  const store = createLmdbStore({ path, nowMs: () => Date.now() });
  const { productKey } = stack.demo;
  for (const deviceId of [DEVICE_ID, 'SN-2', 'SN-3'])
    await addRow(deviceId, { productKey }, { store });
  await store.close();
});
afterAll(() => stack.stop());

const sign = (fields: Record<string, string | number>) =>
  signCertificateBody(fields, stack.demo.productSecret);

async function ask(body: object, path = '/certificate'): Promise<string> {
  const headers = ['Content-Type: application/json'];
  const answer = await exchange(stack.port, post(path, headers, JSON.stringify(body)));
  expect(answer.head).toMatch(/^HTTP\/1\.1 200 /);
  expect(Buffer.byteLength(answer.body)).toBeLessThan(256);
  return answer.body;
}

function callApi(action: string, parameters: Record<string, string>): Promise<Answer> {
  const { accessKeyId, accessKeySecret, endpoints } = stack.demo;
  const endpoint = endpoints['http'] ?? '';
  const client = new RpcClient({
    accessKeyId,
    accessKeySecret,
    endpoint,
    apiVersion: '2018-01-20',
  });
  return client.request<Answer>(action, parameters, { method: 'POST' });
}

type Answer = { Data: Record<string, unknown> };

describe('POST /certificate over sockets', () => {
  test(`gives ${REQUESTS} at once one certificate, registered and counted once`, async () => {
    const { productKey } = stack.demo;
    const before = await callApi('QueryProduct', { ProductKey: productKey });
    const answers = await Promise.all(
      Array.from({ length: REQUESTS }, (_, index) =>
        ask(sign({ deviceId: DEVICE_ID, random: `r${index}`, timestamp: Date.now() })),
      ),
    );
    expect(new Set(answers).size).toBe(1);
    const { deviceSecret, ...name } = JSON.parse(answers[0] ?? '');
    expect(name).toEqual({ productKey, deviceName: DEVICE_ID });
    const detail = await callApi('QueryDeviceDetail', {
      ProductKey: productKey,
      DeviceName: DEVICE_ID,
    });
    expect(detail.Data['DeviceSecret']).toBe(deviceSecret);
    const after = await callApi('QueryProduct', { ProductKey: productKey });
    expect(after.Data['DeviceCount']).toBe(Number(before.Data['DeviceCount']) + 1);
    const certificate = await callApi('QueryCertificate', { DeviceId: DEVICE_ID });
    expect(certificate.Data).toMatchObject({ IssueCount: 1, DeviceName: DEVICE_ID });
  });

  test('refuses the unknown, the forged and the unsigned with the same bytes', async () => {
    const forged = { ...sign({ deviceId: 'SN-2', random: 'a' }), deviceId: 'SN-3' };
    const unknown = sign({ deviceId: 'SN-none', random: 'b' });
    const bodies = await Promise.all([
      ask(forged),
      ask(unknown),
      ask(unknown, `/certificate/${stack.demo.productKey}`),
      ask({ deviceId: 'SN-2' }),
    ]);
    expect(new Set(bodies)).toEqual(new Set(['{"code":6600,"message":"certificate refused"}']));
  });

  test('refuses a request that comes again', async () => {
    const request = sign({ deviceId: 'SN-2', random: 'once' });
    expect(JSON.parse(await ask(request))).toMatchObject({ deviceName: 'SN-2' });
    expect(JSON.parse(await ask(request))).toMatchObject({ code: 7001 });
  });

  test('refuses what is revoked, and no longer once it is restored', async () => {
    await callApi('RevokeCertificate', { DeviceId: 'SN-3' });
    const request = (random: string) => ask(sign({ deviceId: 'SN-3', random }));
    expect(JSON.parse(await request('r1'))).toMatchObject({ code: 7003 });
    await callApi('RestoreCertificate', { DeviceId: 'SN-3' });
    expect(JSON.parse(await request('r2'))).toMatchObject({ deviceName: 'SN-3' });
  });
});

test(`${REQUESTS} requests at once on 4 instances and one lmdb get one certificate, and no log line has its secret`, async () => {
  const store = createLmdbStore({ path: tempFolder(), nowMs: () => Date.now() });
  onTestFinished(() => store.close());
  await expectOneCertificate(store, { requests: REQUESTS, instances: 4 });
});
