import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Store } from '../../shared/ports/table.ts';
import { captureLog } from './captured-log.ts';
import {
  addRow,
  certificateRequest,
  createCertificateProduct,
  createInstance,
  signCertificateBody,
} from './certificate.ts';
import { createMemoryParts } from './memory-parts.ts';

/**
 * Sends `requests` at once for one deviceId that has no certificate yet, each signed with a random of
 * its own, spread over some instances of the function on one store. Expects all to get one certificate,
 * registered and counted once, and a line of the log for each, without the secret.
 */
export async function expectOneCertificate(
  store: Store,
  { requests, instances }: { requests: number; instances: number },
): Promise<void> {
  const sealing = createSealing(createKeyRing([randomBytes(32)]), randomBytes);
  const log = captureLog();
  const { bus, newMessageId } = createMemoryParts();
  const nowMs = () => Date.now();
  const parts = { store, sealing, nowMs, randomBytes, log, bus, newMessageId };
  const { productKey, productSecret } = await createCertificateProduct(parts);
  const deviceId = `SN-${randomBytes(6).toString('hex')}`;
  await addRow(deviceId, { productKey }, parts);
  const handlers = Array.from({ length: instances }, () => createInstance(parts));
  const replies = await Promise.all(
    Array.from({ length: requests }, (_, index) => {
      const body = signCertificateBody({ deviceId, random: `r${index}` }, productSecret);
      const handler = handlers[index % instances];
      if (!handler) throw new Error('there are no instances');
      return handler(certificateRequest(body, { requestId: `request-${index}` }));
    }),
  );
  const [body = '', ...others] = new Set(replies.map((reply) => reply.body));
  expect(others).toEqual([]);
  const { deviceSecret } = JSON.parse(body);
  expect(deviceSecret).toMatch(/^[0-9a-f]{32}$/);
  expect(await countDevicesOf(productKey, store)).toBe(1);
  expect((await readIssues(deviceId, store)).count).toBe(1);
  expect(log.lines).toHaveLength(requests);
  expect(JSON.stringify(log.lines)).not.toContain(deviceSecret);
}
