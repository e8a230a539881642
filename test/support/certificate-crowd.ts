import { randomBytes } from 'node:crypto';
import { readIssues } from '../../shared/core/certificates/certificate-issues.ts';
import { createKeyRing } from '../../shared/core/keys/key-ring.ts';
import { countDevicesOf } from '../../shared/core/products/products.ts';
import { createSealing } from '../../shared/core/sealing/sealing.ts';
import type { Store } from '../../shared/ports/table.ts';
import { type CapturedLog, captureLog } from './captured-log.ts';
import {
  addRow,
  certificateRequest,
  createCertificateProduct,
  createInstance,
  signCertificateBody,
} from './certificate.ts';

type CrowdResult = {
  /** The different bodies that were answered. */
  bodies: readonly string[];
  answers: number;
  devices: number;
  issues: number;
  log: CapturedLog;
};

/**
 * `requests` at once for one deviceId that has no certificate yet, each signed with a random of its
 * own, spread over some instances of the function on one store.
 */
export async function crowdOneDevice(
  store: Store,
  { requests, instances }: { requests: number; instances: number },
): Promise<CrowdResult> {
  const sealing = createSealing(createKeyRing([randomBytes(32)]), randomBytes);
  const log = captureLog();
  const parts = { store, sealing, nowMs: () => Date.now(), randomBytes, log };
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
  return {
    bodies: [...new Set(replies.map(({ body }) => body))],
    answers: replies.length,
    devices: await countDevicesOf(productKey, store),
    issues: (await readIssues(deviceId, store)).count,
    log,
  };
}
