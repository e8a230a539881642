import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startConsumer } from '../support/amqp-consumer.ts';
import { signInOverHttp } from '../support/http-poster.ts';

import { writeTestCertificate } from '../support/test-certificate.ts';
import { startTestStack, type TestStack } from '../support/test-stack.ts';

let folder: string;
let stack: TestStack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mooring-amqps-'));
  const { certPath, keyPath } = writeTestCertificate(folder);
  stack = await startTestStack({
    MOORING_TLS_CERT: certPath,
    MOORING_TLS_KEY: keyPath,
    MOORING_AMQPS_PORT: '0',
  });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

/** The one port speaks both, the other one TLS, as consumers of the platform's have it in their code. */
const urls = () => {
  const { amqp = '', amqps = '' } = stack.endpoints;
  return [amqp, amqp.replace('amqp:', 'amqps:'), amqps];
};

test.each([
  ['in the clear', 0],
  ['over TLS on the same port', 1],
  ['over TLS on the port of its own', 2],
])('a consumer is served %s', async (_, at) => {
  const consumer = startConsumer({ url: urls()[at] ?? '', ...stack.demo });
  const { productKey, deviceName } = stack.demo;
  const post = await signInOverHttp(stack);
  const { messageId } = await post(`/${productKey}/${deviceName}/user/update`, 'over TLS');
  await vi.waitFor(
    () => expect(consumer.received.map((one) => one.messageId)).toContain(messageId),
    { timeout: 5000, interval: 5 },
  );
  consumer.close();
  await consumer.closed;
});

test('where it is off there is none, and its port is free', async () => {
  const without = await startTestStack({ MOORING_AMQP_PORT: 'off' });
  expect(Object.keys(without.endpoints).toSorted()).toEqual(['http', 'mqtt', 'ws']);
  await without.stop();
});
